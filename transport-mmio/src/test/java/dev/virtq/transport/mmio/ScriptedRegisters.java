package dev.virtq.transport.mmio;

import dev.virtq.transport.RegisterWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The registers of a virtio device over MMIO. Honest as it stands; the fields that are not final
 * are there for tests to make it a liar.
 *
 * <p>It fails the test when the driver breaks a rule: an access of another width than 32 bits to a
 * control register, a read of a register to be written or the other way round, one that the table
 * does not have, a feature word that was not selected, a queue register while the queue is ready.
 */
final class ScriptedRegisters implements RegisterWindow {
    static final int CONFIG = 0x100;

    private static final int BIT_RING_RESET = 40;

    int magic = 0x74726976;
    int version = 2;
    int deviceId = 1;
    final int[] offered = {0, 1, 0, 0}; // VERSION_1
    final int[] accepted = new int[4];
    final Map<Integer, Queue> queues = new TreeMap<>();
    final List<Integer> notifications = new ArrayList<>();
    final List<Integer> acknowledged = new ArrayList<>();
    final Map<Integer, long[]> sharedMemory = new TreeMap<>(); // length, base
    final byte[] config = new byte[64];

    /** What was accessed, in its order, as in {@code r000} and {@code w070}. */
    final List<String> accesses = new ArrayList<>();

    int status;
    int interruptStatus;
    int undefinedInterruptBits;
    int generation;
    int resetReadsLeft; // how often the status still reads non-zero after a reset
    boolean removed;
    boolean resetsQueues = true;
    boolean disablesAfterQueueReset = true;
    int queueResetReads; // how often QueueReset still reads 1
    int generationSteps; // how many reads see yet another generation
    IntUnaryOperator statusAnswer = written -> written;
    IntUnaryOperator readyAnswer = ready -> ready;
    @Nullable Runnable afterAcknowledge;
    private int deviceFeaturesSel = -1;
    private int driverFeaturesSel = -1;
    private int queueSel = -1;
    private int sharedMemorySel = -1;

    /** What the device has for one queue. */
    static final class Queue {
        int max;
        int size;
        int ready;
        int reset;
        final int[] areas = new int[6];

        Queue(int max) {
            this.max = max;
        }

        long area(int index) {
            return (areas[2 * index] & 0xffff_ffffL) | (long) areas[2 * index + 1] << 32;
        }
    }

    ScriptedRegisters(int queueCount, int queueSize) {
        for (int i = 0; i < queueCount; i++) {
            queues.put(i, new Queue(queueSize));
        }
    }

    Queue queue(int index) {
        Queue queue = queues.get(index);
        if (queue == null) {
            throw new AssertionError("access to queue " + index + " of " + queues.size());
        }
        return queue;
    }

    @Override
    public long size() {
        return (long) CONFIG + config.length;
    }

    @Override
    public byte readByte(long offset) {
        if (removed) {
            return -1;
        }
        return config[inConfig(offset, 1)];
    }

    @Override
    public short readShort(long offset) {
        if (removed) {
            return -1;
        }
        int at = inConfig(offset, 2);
        return (short) ((config[at] & 0xff) | config[at + 1] << 8);
    }

    @Override
    public int readInt(long offset) {
        if (removed) {
            return -1;
        }
        if (offset >= CONFIG) {
            int at = inConfig(offset, 4);
            return (config[at] & 0xff)
                    | (config[at + 1] & 0xff) << 8
                    | (config[at + 2] & 0xff) << 16
                    | config[at + 3] << 24;
        }
        accesses.add("r%03x".formatted(offset));
        return switch ((int) offset) {
            case 0x000 -> magic;
            case 0x004 -> version;
            case 0x008 -> deviceId;
            case 0x010 -> {
                int word = selected(deviceFeaturesSel, "DeviceFeaturesSel");
                deviceFeaturesSel = -1; // each word is selected anew
                yield word < 4 ? offered[word] : 0;
            }
            case 0x034 -> queues.containsKey(queueSel) ? queue(queueSel).max : 0;
            case 0x044 -> readyAnswer.applyAsInt(queue(queueSel).ready);
            case 0x060 -> interruptStatus | undefinedInterruptBits;
            case 0x070 -> readStatus();
            case 0x0b0, 0x0b4 -> half(region(0), offset == 0x0b4);
            case 0x0b8, 0x0bc -> half(region(1), offset == 0x0bc);
            case 0x0c0 -> readQueueReset();
            case 0x0fc -> generationSteps-- > 0 ? ++generation : generation;
            default -> throw new AssertionError("read of 0x%03x".formatted(offset));
        };
    }

    @Override
    public void writeByte(long offset, byte value) {
        config[inConfig(offset, 1)] = value;
    }

    @Override
    public void writeShort(long offset, short value) {
        int at = inConfig(offset, 2);
        config[at] = (byte) value;
        config[at + 1] = (byte) (value >>> 8);
    }

    @Override
    public void writeInt(long offset, int value) {
        if (removed) {
            return;
        }
        if (offset >= CONFIG) {
            int at = inConfig(offset, 4);
            for (int i = 0; i < 4; i++) {
                config[at + i] = (byte) (value >>> (8 * i));
            }
            return;
        }
        accesses.add("w%03x".formatted(offset));
        switch ((int) offset) {
            case 0x014 -> deviceFeaturesSel = value;
            case 0x020 -> {
                accepted[selected(driverFeaturesSel, "DriverFeaturesSel")] = value;
                driverFeaturesSel = -1;
            }
            case 0x024 -> driverFeaturesSel = value;
            case 0x030 -> queueSel = value;
            case 0x038 -> notReady().size = value;
            case 0x044 -> queue(queueSel).ready = value;
            case 0x050 -> notifications.add(value);
            case 0x064 -> acknowledge(value);
            case 0x070 -> writeStatus(value);
            case 0x080, 0x084 -> notReady().areas[(int) (offset - 0x080) / 4] = value;
            case 0x090, 0x094 -> notReady().areas[2 + (int) (offset - 0x090) / 4] = value;
            case 0x0a0, 0x0a4 -> notReady().areas[4 + (int) (offset - 0x0a0) / 4] = value;
            case 0x0ac -> sharedMemorySel = value;
            case 0x0c0 -> {
                if (value != 1 || ((accepted[1] >>> (BIT_RING_RESET - 32)) & 1) == 0) {
                    throw new AssertionError("QueueReset is written " + value);
                }
                queue(queueSel).reset = resetsQueues ? 1 : 0;
            }
            default -> throw new AssertionError("write to 0x%03x".formatted(offset));
        }
    }

    private int readStatus() {
        if (status == 0 && resetReadsLeft > 0) {
            resetReadsLeft--;
            return 0x0f;
        }
        return status;
    }

    private void writeStatus(int value) {
        status = statusAnswer.applyAsInt(value);
        if (value == 0) {
            interruptStatus = 0;
            Arrays.fill(accepted, 0);
            queues.values().forEach(queue -> queue.ready = 0);
        }
    }

    private void acknowledge(int value) {
        if ((value & ~3) != 0) {
            throw new AssertionError("undefined bits are acknowledged: 0x%x".formatted(value));
        }
        acknowledged.add(value);
        interruptStatus &= ~value;
        if (afterAcknowledge != null) {
            Runnable once = afterAcknowledge;
            afterAcknowledge = null;
            once.run();
        }
    }

    private int readQueueReset() {
        Queue queue = queue(queueSel);
        if (queue.reset != 0 && queueResetReads-- <= 0) {
            queue.reset = 0;
            queue.ready = disablesAfterQueueReset ? 0 : 1;
        }
        return queue.reset;
    }

    private long region(int part) {
        long[] region = sharedMemory.get(selected(sharedMemorySel, "SHMSel"));
        return region == null ? -1 : region[part];
    }

    private Queue notReady() {
        Queue queue = queue(queueSel);
        if (queue.ready != 0) {
            throw new AssertionError("access to queue " + queueSel + " while it is ready");
        }
        return queue;
    }

    private static int selected(int selector, String name) {
        if (selector < 0) {
            throw new AssertionError(name + " was not written before");
        }
        return selector;
    }

    private static int half(long value, boolean high) {
        return (int) (high ? value >>> 32 : value);
    }

    private int inConfig(long offset, int width) {
        if (offset < CONFIG || offset > size() - width || offset % width != 0) {
            throw new AssertionError("%d bytes at 0x%03x".formatted(width, offset));
        }
        return (int) offset - CONFIG;
    }
}
