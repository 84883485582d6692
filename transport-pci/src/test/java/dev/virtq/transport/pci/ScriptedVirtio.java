package dev.virtq.transport.pci;

import dev.virtq.transport.RegisterWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The registers of a virtio device in one BAR: common configuration at 0, ISR status at 0x1000,
 * device configuration at 0x2000, notifications at 0x3000, as QEMU lays them out. Honest as it
 * stands; the fields that are not final are there for tests to make it a liar.
 *
 * <p>It fails the test when the driver breaks a rule: a wrong width, a write to a read-only field,
 * a field of a feature that was not accepted, an incomplete queue that is enabled.
 */
final class ScriptedVirtio extends ScriptedWindow {
    static final int ISR = 0x1000;
    static final int DEVICE = 0x2000;
    static final int NOTIFY = 0x3000;

    private static final int BIT_NOTIFICATION_DATA = 38;
    private static final int BIT_NOTIF_CONFIG_DATA = 39;
    private static final int BIT_RING_RESET = 40;

    record Doorbell(int offset, int width, int value, boolean posted) {}

    final int[] offered = {0, 1, 0, 0}; // VERSION_1
    final int[] accepted = new int[4];
    final Map<Integer, ScriptedQueue> queues = new TreeMap<>();
    final List<Doorbell> doorbells = new ArrayList<>();
    final byte[] deviceConfig = new byte[64];
    int queueCount;
    int configVector = 0xffff;
    int status;
    int generation;
    int generationSteps; // how many reads see yet another generation
    int isr;
    int isrReads;
    int resetReadsLeft; // how often the status still reads non-zero after a reset
    boolean confirmsQueueReset = true;
    boolean disablesAfterQueueReset = true;
    int queueResetReads; // how often queue_reset still reads 1
    IntUnaryOperator statusAnswer = status -> status;
    IntUnaryOperator sizeAnswer = size -> size;
    IntUnaryOperator vectorAnswer = vector -> vector;
    IntUnaryOperator enableAnswer = value -> value;
    boolean unplugged;
    final List<Integer> sizesWritten = new ArrayList<>();
    final List<Integer> enablesWritten = new ArrayList<>();

    /** Which parts were opened, as in {@code 0x1000+0x1}. */
    final List<String> opened = new ArrayList<>();

    private int deviceFeatureSelect;
    private int driverFeatureSelect;
    private int queueSelect;

    ScriptedVirtio(int queueCount, int queueSize) {
        super(0x4000);
        this.queueCount = queueCount;
        for (int i = 0; i < queueCount; i++) {
            queues.put(i, new ScriptedQueue(queueSize, i));
        }
    }

    void offer(int bit) {
        offered[bit / 32] |= 1 << (bit % 32);
    }

    ScriptedQueue queue(int index) {
        ScriptedQueue queue = queues.get(index);
        if (queue == null) {
            throw new AssertionError("access to queue " + index + " of " + queueCount);
        }
        return queue;
    }

    @Override
    public RegisterWindow slice(long start, long size) {
        opened.add("0x%x+0x%x".formatted(start, size));
        return super.slice(start, size);
    }

    @Override
    int read(int offset, int width) {
        if (unplugged) {
            return -1;
        }
        if (offset >= DEVICE && offset < DEVICE + deviceConfig.length) {
            int value = 0;
            for (int i = width - 1; i >= 0; i--) {
                value = (value << 8) | (deviceConfig[offset - DEVICE + i] & 0xff);
            }
            return value;
        }
        if (offset == ISR) {
            expect(offset, width, 1);
            isrReads++;
            int value = isr;
            isr = 0;
            return value;
        }
        return readCommon(offset, width);
    }

    private int readCommon(int offset, int width) {
        expect(offset, width, widthOf(offset));
        return switch (offset) {
            case 0x00 -> deviceFeatureSelect;
            case 0x04 -> deviceFeatureSelect < 4 ? offered[deviceFeatureSelect] : 0;
            case 0x08 -> driverFeatureSelect;
            case 0x0c -> driverFeatureSelect < 4 ? accepted[driverFeatureSelect] : 0;
            case 0x10 -> configVector;
            case 0x12 -> queueCount;
            case 0x14 -> readStatus();
            case 0x15 -> {
                generation = generationSteps-- > 0 ? (generation + 1) & 0xff : generation;
                yield generation;
            }
            case 0x16 -> queueSelect;
            case 0x18 -> selectedOrNull() == null ? 0 : selected().size;
            case 0x1a -> selected().vector;
            case 0x1c -> enableAnswer.applyAsInt(selected().enable);
            case 0x1e -> selected().notifyOff;
            case 0x38 -> {
                needsFeature(BIT_NOTIF_CONFIG_DATA, offset);
                yield selected().notifConfigData;
            }
            case 0x3a -> {
                needsFeature(BIT_RING_RESET, offset);
                yield readQueueReset();
            }
            default -> selected().addresses[(offset - 0x20) / 4];
        };
    }

    private int readStatus() {
        if (status == 0 && resetReadsLeft > 0) {
            resetReadsLeft--;
            return 0x0f;
        }
        return status;
    }

    private int readQueueReset() {
        ScriptedQueue queue = selected();
        if (queue.reset != 0 && confirmsQueueReset && queueResetReads-- <= 0) {
            queue.reset = 0;
            queue.enable = disablesAfterQueueReset ? 0 : 1;
            queue.size = queue.max;
        }
        return queue.reset;
    }

    @Override
    void write(int offset, int width, int value, boolean posted) {
        if (unplugged) {
            return;
        }
        if (offset >= NOTIFY) {
            expect(offset, width, accepted(BIT_NOTIFICATION_DATA) ? 4 : 2);
            doorbells.add(new Doorbell(offset - NOTIFY, width, value, posted));
            return;
        }
        if (offset >= DEVICE && offset < DEVICE + deviceConfig.length) {
            for (int i = 0; i < width; i++) {
                deviceConfig[offset - DEVICE + i] = (byte) (value >>> (8 * i));
            }
            return;
        }
        expect(offset, width, widthOf(offset));
        switch (offset) {
            case 0x00 -> deviceFeatureSelect = value;
            case 0x08 -> driverFeatureSelect = value;
            case 0x0c -> accepted[driverFeatureSelect] = value;
            case 0x10 -> configVector = vectorAnswer.applyAsInt(value);
            case 0x14 -> writeStatus(value);
            case 0x16 -> queueSelect = value;
            case 0x18 -> {
                sizesWritten.add(value);
                selected().size = sizeAnswer.applyAsInt(value);
            }
            case 0x1a -> selected().vector = vectorAnswer.applyAsInt(value);
            case 0x1c -> enable(value);
            case 0x3a -> {
                needsFeature(BIT_RING_RESET, offset);
                if (value != 1) {
                    throw new AssertionError("queue_reset is written " + value);
                }
                selected().reset = 1;
            }
            case 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34 ->
                    selected().addresses[(offset - 0x20) / 4] = value;
            default -> throw new AssertionError("write to read-only 0x%02x".formatted(offset));
        }
    }

    private void enable(int value) {
        enablesWritten.add(value);
        ScriptedQueue queue = selected();
        if (value != 1 || queue.address(0) == 0 || queue.address(2) == 0) {
            throw new AssertionError("queue %d is enabled half set up".formatted(queueSelect));
        }
        queue.enable = 1;
        queue.generation++;
    }

    private void writeStatus(int value) {
        status = statusAnswer.applyAsInt(value);
        if (value == 0) {
            configVector = 0xffff;
            Arrays.fill(accepted, 0);
            queues.values().forEach(ScriptedQueue::clear);
        }
    }

    private boolean accepted(int bit) {
        return (accepted[bit / 32] >>> (bit % 32) & 1) != 0;
    }

    private void needsFeature(int bit, int offset) {
        if (!accepted(bit)) {
            throw new AssertionError("access to 0x%02x without feature %d".formatted(offset, bit));
        }
    }

    private @Nullable ScriptedQueue selectedOrNull() {
        return queues.get(queueSelect);
    }

    private ScriptedQueue selected() {
        return queue(queueSelect);
    }

    private static int widthOf(int offset) {
        if (offset < 0x10) {
            return 4;
        }
        if (offset == 0x14 || offset == 0x15) {
            return 1;
        }
        if (offset < 0x20 || (offset >= 0x38 && offset < 0x40)) {
            return 2;
        }
        return offset < 0x38 ? 4 : 0;
    }

    private static void expect(int offset, int width, int expected) {
        if (width != expected) {
            throw new AssertionError(
                    "access of %d bytes to 0x%02x (expected: %d)"
                            .formatted(width, offset, expected));
        }
    }
}
