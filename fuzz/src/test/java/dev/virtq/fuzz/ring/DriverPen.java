package dev.virtq.fuzz.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.queue.ring.RingFormat;
import java.lang.foreign.MemorySegment;

/** What a driver can write into a ring, in one format, and how a device has to read it. */
interface DriverPen {
    int NEXT = 1;
    int WRITE = 2;
    int INDIRECT = 4;

    /** {@return the format} */
    RingFormat format();

    /** {@return the features that choose the format} */
    FeatureSet features();

    /** {@return a queue size} */
    int size(Input input);

    /** {@return where a ring of that size is} */
    QueueSetup setup(int size);

    /** Points the pen at that ring. */
    void aim(QueueSetup setup, FeatureSet accepted, FencedMemory memory);

    /** {@return what the device writes: its area, and what else it may write} */
    MemorySegment deviceWrites();

    /** Makes something available that is more or less a chain. */
    void offer(Input input);

    /** Writes something into what says when the driver wants to be notified. */
    void suppress(Input input, DeviceModel model);

    /** {@return what the device has to find now} */
    Expected next(DeviceModel model);

    /** {@return whether the driver wants to hear of what was used, position after position} */
    boolean wantsNotification(DeviceModel model);

    /** {@return an address to be wrong or right with} */
    static long address(Input input) {
        return switch (input.below(8)) {
            case 0 -> input.i64();
            case 1 -> FencedMemory.RING_ADDRESS + input.below(FencedMemory.RING_BYTES + 16);
            case 2 -> FencedMemory.DATA_ADDRESS + FencedMemory.DATA_BYTES - input.below(64);
            default -> FencedMemory.DATA_ADDRESS + 8L * input.below(64);
        };
    }

    /** {@return a length to be wrong or right with} */
    static int length(Input input) {
        return switch (input.below(8)) {
            case 0 -> input.i32();
            case 1 -> 0;
            case 2, 3, 4 -> 16 * input.below(20);
            default -> input.below(64);
        };
    }

    /** Writes descriptors somewhere into the buffers' memory: an indirect table, perhaps. */
    static void table(Input input, FencedMemory memory) {
        long at = 8L * input.below(64);
        for (int left = 1 + input.below(4); left > 0; left--) {
            Little.put64(memory.data, at, address(input));
            Little.put32(memory.data, at + 8, length(input));
            Little.put16(memory.data, at + 12, input.u8() & (NEXT | WRITE | INDIRECT));
            Little.put16(memory.data, at + 14, input.below(8));
            at += 16;
        }
    }
}
