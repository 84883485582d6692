package dev.virtq.transport.pci;

import dev.virtq.device.CommonFeature;
import dev.virtq.transport.pci.PciBar.Kind;
import java.util.function.Consumer;

/** What a function can have wrong; what becomes of it is in docs/transports.md. */
@SuppressWarnings("ImmutableEnumChecker") // nothing is kept between two uses
enum BadInput {
    CAPABILITIES_LOOP(function ->
            function.config.poke(
                    ScriptedFunction.COMMON_CAPABILITY + 1, ScriptedFunction.MSIX_CAPABILITY)),
    CAPABILITIES_LEAVE_THEIR_PLACE(
            function -> function.config.poke(ScriptedFunction.COMMON_CAPABILITY + 1, 0x10)),
    CAPABILITY_TRUNCATED(function -> {
        function.config.poke(ScriptedFunction.MSIX_CAPABILITY + 1, 0xf8); // and there the list ends
        function.config.poke(0xf8, 0x09);
        function.config.poke(0xfa, 16);
        function.config.poke(0xfb, 1);
    }),
    CAPABILITY_TOO_SHORT(
            function -> function.config.poke(ScriptedFunction.COMMON_CAPABILITY + 2, 15)),
    BAR_MISSING(function -> function.bars.remove(1)),
    BAR_TOO_SMALL(function -> shrink(function, 0x20)),
    BAR_WITHOUT_NOTIFICATIONS(function -> shrink(function, 0x2000)),
    BAR_NOT_REACHED(function -> {
        function.unreachedBars.add(4);
        function.config.poke(
                ScriptedFunction.ACCESS_CAPABILITY + 4,
                6); // a reserved BAR: as if it were not there
    }),
    MULTIPLIER_ODD(function -> function.config.poke(ScriptedFunction.NOTIFY_CAPABILITY + 16, 3)),
    VECTOR_TABLE_OUTSIDE(
            function -> function.config.poke(ScriptedFunction.MSIX_CAPABILITY + 7, 0x10)),
    TRANSITIONAL(function -> function.config.poke(0x02, 0)), // 1af4:1000
    REMOVED(function -> {
        function.config.unplug();
        function.device.unplugged = true;
    }),
    RESET_NOT_CONFIRMED(function -> function.device.resetReadsLeft = Integer.MAX_VALUE),
    FEATURES_OK_CLEARED(function -> function.device.statusAnswer = status -> status & ~8),
    VERSION_1_MISSING(function -> function.device.offered[1] &= ~1),
    QUEUE_SIZE_ZERO(function -> function.device.queue(0).size = 0),
    QUEUE_SIZE_ODD(function -> function.device.queue(0).size = 100),
    QUEUE_SIZE_TOO_LARGE(function -> function.device.queue(0).size = 0xfffe),
    QUEUE_SIZE_KEPT(function -> function.device.sizeAnswer = _ -> 2),
    QUEUE_IN_USE(function -> function.device.queue(0).enable = 1),
    QUEUE_NEVER_READY(function -> function.device.enableAnswer = _ -> 0),
    NOTIFICATIONS_OUTSIDE(function -> function.device.queue(0).notifyOff = 0x400),
    VECTORS_REFUSED(function -> function.device.vectorAnswer = _ -> 0xffff),
    VECTOR_OF_ITS_OWN(function -> function.device.vectorAnswer = vector -> vector + 1),
    VECTOR_TABLE_FORGETS(function -> function.msix.forgetWrites()),
    NEEDS_RESET(function -> {
        function.device.status |= 0x40;
        function.notifyConfig();
    }),
    CONFIG_NEVER_HOLDS_STILL(function -> function.device.generationSteps = Integer.MAX_VALUE),
    QUEUE_RESET_NOT_CONFIRMED(function -> function.device.confirmsQueueReset = false),
    QUEUE_RESET_NOT_DONE(function -> function.device.disablesAfterQueueReset = false);

    private final Consumer<ScriptedFunction> spoil;

    BadInput(Consumer<ScriptedFunction> spoil) {
        this.spoil = spoil;
    }

    /** Makes an honest function have it. */
    void spoil(ScriptedFunction function) {
        spoil.accept(function);
    }

    /** {@return a function that is driven to the end when it has nothing wrong} */
    static ScriptedFunction honest() {
        ScriptedFunction function = ScriptedFunction.honest();
        function.device.offer(CommonFeature.RING_RESET.bit());
        return function;
    }

    private static void shrink(ScriptedFunction function, long size) {
        function.bars.set(1, new PciBar(4, Kind.MEMORY_64, true, 0x8_0000_0000L, size));
    }
}
