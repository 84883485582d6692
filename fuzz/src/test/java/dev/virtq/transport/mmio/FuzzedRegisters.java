package dev.virtq.transport.mmio;

import dev.virtq.fuzz.FuzzedWindow;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Must;
import java.util.Arrays;
import java.util.Set;

/**
 * The registers of a device over MMIO, which keep the rules mostly, and then read as anything. They
 * are strict with the driver: another width than 32 bits, a register that the table does not have
 * or that is for the other direction, a queue that is written to while it is ready, an undefined
 * event that is acknowledged, a place in the configuration that is not there.
 */
final class FuzzedRegisters extends FuzzedWindow {
    private static final int SIZE = 0x100;
    private static final int QUEUES = 4;

    private static final int MAGIC = 0x000;
    private static final int VERSION = 0x004;
    private static final int DEVICE_ID = 0x008;
    private static final int DEVICE_FEATURES = 0x010;
    private static final int QUEUE_SEL = 0x030;
    private static final int QUEUE_SIZE_MAX = 0x034;
    private static final int QUEUE_SIZE = 0x038;
    private static final int QUEUE_READY = 0x044;
    private static final int INTERRUPT_STATUS = 0x060;
    private static final int INTERRUPT_ACK = 0x064;
    private static final int STATUS = 0x070;
    private static final int QUEUE_RESET = 0x0c0;
    private static final int GENERATION = 0x0fc;

    private static final Set<Integer> READ_ONLY =
            Set.of(0x000, 0x004, 0x008, 0x010, 0x034, 0x060, 0x0b0, 0x0b4, 0x0b8, 0x0bc, 0x0fc);
    private static final Set<Integer> WRITE_ONLY =
            Set.of(0x014, 0x020, 0x024, 0x030, 0x038, 0x050, 0x064, 0x0ac);
    private static final Set<Integer> BOTH = Set.of(0x044, 0x070, 0x0c0);
    private static final Set<Integer> AREAS = Set.of(0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4);

    private final Input input;
    private final int lies; // one access in so many; 0 for never
    private final int sizeMax;
    private final boolean resetsQueues;
    private final int[] ready = new int[QUEUES];
    private final int[] answered = new int[QUEUES]; // what QueueReady was last read as
    private int selected;
    private boolean awaited; // the reset of a queue
    private int status;
    private int generation;

    FuzzedRegisters(Input input) {
        this(input, input.u8());
    }

    private FuzzedRegisters(Input input, int character) {
        super(SIZE + (character & 0xfc), input);
        this.input = input;
        resetsQueues = (character & 3) != 3;
        lies = input.below(4) == 0 ? 0 : 2 << input.below(6);
        sizeMax = input.below(4) == 3 ? input.i32() : 1 << input.below(16);
        for (int queue = 0; queue < QUEUES; queue++) {
            ready[queue] = input.below(8) == 7 ? input.u8() : 0;
        }
    }

    /**
     * While somebody waits for a reset of a queue there are no lies: how often he looks is up to
     * the clock, and that may not decide what comes after it.
     */
    private boolean lies(int register) {
        boolean waiting = awaited && (register == QUEUE_RESET || register == QUEUE_READY);
        return !waiting && lies != 0 && input.below(lies) == lies - 1;
    }

    @Override
    protected int read(long offset, int width) {
        if (offset >= SIZE) {
            return super.read(offset, width);
        }
        int register = register(offset, width);
        Must.hold(
                READ_ONLY.contains(register) || BOTH.contains(register),
                "a read of 0x%03x".formatted(register));
        int value = lies(register) ? input.i32() : honest(register);
        if (register == QUEUE_READY && selected >= 0 && selected < QUEUES) {
            answered[selected] = value;
        }
        return value;
    }

    private int honest(int register) {
        boolean there = selected >= 0 && selected < QUEUES;
        return switch (register) {
            case MAGIC -> 0x74726976;
            case VERSION -> 2;
            case DEVICE_ID -> 1;
            case DEVICE_FEATURES -> input.u8();
            case QUEUE_SIZE_MAX -> there ? sizeMax : 0;
            case QUEUE_READY -> there ? ready[selected] : 0;
            case INTERRUPT_STATUS -> input.below(4);
            case STATUS -> status;
            case QUEUE_RESET -> resetsQueues ? 0 : 1;
            case GENERATION -> input.below(16) == 15 ? ++generation : generation;
            default -> input.u8() == 0 ? -1 : input.u16(); // shared memory
        };
    }

    @Override
    protected void write(long offset, int width, int value) {
        if (offset >= SIZE) {
            return;
        }
        int register = register(offset, width);
        Must.hold(
                WRITE_ONLY.contains(register)
                        || BOTH.contains(register)
                        || AREAS.contains(register),
                "a write to 0x%03x".formatted(register));
        boolean there = selected >= 0 && selected < QUEUES;
        switch (register) {
            case QUEUE_SEL -> {
                selected = value;
                awaited = false;
            }
            case QUEUE_READY -> {
                if (there) {
                    ready[selected] = value;
                }
            }
            case QUEUE_RESET -> {
                awaited = true;
                if (there && resetsQueues) {
                    ready[selected] = 0;
                    answered[selected] = 0;
                }
            }
            case STATUS -> {
                status = value;
                if (value == 0) {
                    Arrays.fill(ready, 0);
                    Arrays.fill(answered, 0);
                }
            }
            case INTERRUPT_ACK -> Must.hold((value & ~3) == 0, "an undefined event", value);
            default ->
                    Must.hold(
                            (register != QUEUE_SIZE && !AREAS.contains(register))
                                    || !there
                                    || (answered[selected] == 0
                                            && (lies != 0 || ready[selected] == 0)),
                            "a queue is written to that is ready",
                            register,
                            selected);
        }
    }

    private static int register(long offset, int width) {
        Must.hold(width == 4, "a control register of another width", offset, width);
        return (int) offset;
    }
}
