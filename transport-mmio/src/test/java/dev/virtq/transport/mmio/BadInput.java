package dev.virtq.transport.mmio;

import dev.virtq.device.CommonFeature;
import java.util.function.Consumer;

/** What registers can have wrong; what becomes of it is in docs/transports.md. */
@SuppressWarnings("ImmutableEnumChecker") // nothing is kept between two uses
enum BadInput {
    OTHER_MAGIC(slot -> slot.device.magic = 0x12345678),
    LEGACY_REGISTERS(slot -> slot.device.version = 1),
    NO_TYPE(slot -> slot.device.deviceId = 0x1000),
    WINDOW_TOO_SMALL(slot -> slot.size = 0xfc),
    REMOVED(slot -> slot.device.removed = true),
    RESET_NOT_CONFIRMED(slot -> slot.device.resetReadsLeft = Integer.MAX_VALUE),
    FEATURES_OK_CLEARED(slot -> slot.device.statusAnswer = status -> status & ~8),
    VERSION_1_MISSING(slot -> slot.device.offered[1] &= ~1),
    QUEUE_SIZE_ZERO(slot -> slot.device.queues.values().forEach(queue -> queue.max = 0)),
    QUEUE_SIZE_ODD(slot -> slot.device.queue(0).max = 100),
    QUEUE_SIZE_TOO_LARGE(slot -> slot.device.queue(0).max = 0x1_0000),
    QUEUE_IN_USE(slot -> slot.device.queue(0).ready = 1),
    QUEUE_NEVER_READY(slot -> slot.device.readyAnswer = _ -> 0),
    NEEDS_RESET(slot -> {
        slot.device.status |= 0x40;
        slot.event(2);
    }),
    CONFIG_NEVER_HOLDS_STILL(slot -> slot.device.generationSteps = Integer.MAX_VALUE),
    QUEUE_RESET_NOT_CONFIRMED(slot -> slot.device.queueResetReads = Integer.MAX_VALUE),
    QUEUE_RESET_NOT_DONE(slot -> slot.device.resetsQueues = false);

    private final Consumer<ScriptedSlot> spoil;

    BadInput(Consumer<ScriptedSlot> spoil) {
        this.spoil = spoil;
    }

    /** Makes an honest device have it. */
    void spoil(ScriptedSlot slot) {
        spoil.accept(slot);
    }

    /** {@return a slot whose device is driven to the end when it has nothing wrong} */
    static ScriptedSlot honest() {
        ScriptedSlot slot = ScriptedSlot.honest();
        slot.device.offered[1] |= 1 << (CommonFeature.RING_RESET.bit() - 32);
        return slot;
    }
}
