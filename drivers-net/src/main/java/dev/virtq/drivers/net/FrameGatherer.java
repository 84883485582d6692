package dev.virtq.drivers.net;

import dev.virtq.device.DeviceFaultException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What makes frames of used buffers, one at a time (virtio 1.4, section 5.1.9.4). A frame that lies
 * in one buffer stays there. One that is spread over several is copied together, and their number
 * is believed only as far as there are buffers.
 *
 * <p>The device uses all of them together (5.1.9.4.1#4): whoever sees the first sees the others. So
 * there is nothing to wait for, and one that is missing is a fault.
 */
final class FrameGatherer {
    private final TakenBuffers taken;
    private final ReceiveLayout layout;

    /** Where a frame is put together; null where each lies in one buffer. */
    private final @Nullable MemorySegment scratch;

    /** Where the frame is that was looked at last. */
    MemorySegment frame = MemorySegment.NULL;

    /** Where it starts there. */
    int offset;

    /** How many bytes it has. */
    int length;

    /**
     * Whether the frame is as good as lost: nobody knows where it ends and an earlier one begins.
     */
    boolean lost;

    /** Whether the device has ever left untold how much it wrote. */
    boolean leavesUntold;

    FrameGatherer(TakenBuffers taken, ReceiveLayout layout) {
        this.taken = taken;
        this.layout = layout;
        // Native like the buffers, so that a handler's code meets few kinds of segments;
        // GC-managed.
        scratch = layout.mergeable() ? Arena.ofAuto().allocate(layout.longest(), 64) : null;
    }

    /**
     * Looks at the next frame.
     *
     * @return its first buffer
     * @throws DeviceFaultException when the device wrote what it may not
     */
    OwnTransfer next() {
        lost = false;
        OwnTransfer first = taken.next();
        int used = usedLength(first, layout.assumed());
        if (used < NetHeader.SIZE) {
            throw new DeviceFaultException(
                    "the device used a receive buffer that has no room for the header",
                    layout.mergeable() ? "5.1.9.4.1#2" : "5.1.9.4.1#1",
                    "used length %d in %s, expected: %d..%d"
                            .formatted(used, first.token, NetHeader.SIZE, layout.bufferSize()));
        }
        int buffers =
                NetHeader.checkReceived(taken.headerStart(), taken.headerEnd(), layout.mergeable());
        frame = first.buffer;
        offset = NetHeader.SIZE;
        length = used - NetHeader.SIZE;
        MemorySegment together = scratch;
        if (buffers != 1 && together != null) {
            gather(first, buffers, together);
        }
        return first;
    }

    /** {@return whether the frame was copied together, and does not lie in its buffer} */
    boolean isCopy() {
        return offset == 0;
    }

    private void gather(OwnTransfer first, int buffers, MemorySegment together) {
        if (buffers == 0 || buffers > taken.unopened() + 1) {
            throw wrongCount(first, buffers, 1 + taken.unopened(), "the driver has given it");
        }
        if (buffers > layout.mostBuffers()) {
            throw wrongCount(first, buffers, layout.mostBuffers(), "the longest frame fills");
        }
        if (!taken.have(buffers - 1, buffers - 1)) {
            throw new DeviceFaultException(
                    "the device has not used all buffers of a frame together",
                    "5.1.9.4.1#4",
                    "num_buffers %d in %s, expected: %d, as many as were used"
                            .formatted(buffers, first.token, 1 + taken.waiting()));
        }
        MemorySegment.copy(frame, offset, together, 0, length);
        OwnTransfer part = first;
        for (int i = 1; i < buffers; i++) {
            checkFull(part, i, buffers);
            part = taken.next();
            int used = usedLength(part, layout.assumed() - NetHeader.SIZE - length);
            if (NetHeader.SIZE + length + used > layout.longest()) {
                throw new DeviceFaultException(
                        "the device passed a frame that is longer than the MTU allows",
                        "5.1.4.1#5",
                        "%d bytes in %d buffers from %s on, expected: at most %d"
                                .formatted(
                                        length + used,
                                        buffers,
                                        first.token,
                                        layout.longest() - NetHeader.SIZE));
            }
            MemorySegment.copy(part.buffer, 0, together, length, used);
            length += used;
        }
        frame = together;
        offset = 0;
    }

    private void checkFull(OwnTransfer part, int number, int buffers) {
        if (part.length != layout.bufferSize()) {
            throw new DeviceFaultException(
                    "the device has not filled a buffer of a frame that goes on in the next",
                    "5.1.9.4.1#3",
                    "used length %d in %s, buffer %d of %d, expected: %d"
                            .formatted(
                                    part.length, part.token, number, buffers, layout.bufferSize()));
        }
    }

    /**
     * {@return how many bytes of a buffer belong to the frame}
     *
     * @param assumed how many they are at most when the device left it untold
     */
    private int usedLength(OwnTransfer transfer, int assumed) {
        int size = layout.bufferSize();
        if (transfer.token.receivedLengthIsAssumed()) {
            leavesUntold = true;
            lost |= transfer.dirty > 0;
            transfer.dirty = size;
            transfer.length = size;
            return Math.clamp(assumed, 0, size);
        }
        long used = transfer.token.receivedLength();
        if (used > size) {
            throw new DeviceFaultException(
                    "the device used a receive buffer for a frame that it cannot hold",
                    "2.7.8.2#2",
                    "used length %d in %s, expected: at most %d"
                            .formatted(used, transfer.token, size));
        }
        transfer.dirty = Math.max(transfer.dirty, (int) used);
        transfer.length = (int) used;
        return (int) used;
    }

    private static DeviceFaultException wrongCount(
            OwnTransfer first, int buffers, int most, String limit) {
        return new DeviceFaultException(
                "the device spread a frame over a number of buffers that cannot be",
                "5.1.9.4.1#2",
                "num_buffers %d in %s, expected: 1..%d, as many as %s"
                        .formatted(buffers, first.token, most, limit));
    }
}
