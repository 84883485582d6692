package dev.virtq.drivers.net;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The receive queue, kept full: each buffer is prepared once, and goes back to the device as soon
 * as its frame was looked at (virtio 1.4, section 5.1.9.3).
 *
 * <p>Nothing but the used length says where a frame ends. Where VIRTIO_F_IN_ORDER was accepted, a
 * device may leave it untold, which means that it has filled the buffer (2.7.9, 2.8.13): then the
 * frame is as long as a frame can be. A device that was only careless has written a shorter one. So
 * that nothing of an earlier frame stands behind it, buffers are zero when they go to such a
 * device: what follows a frame whose end is not known is padding, as behind a short frame on a
 * wire, and not somebody else's bytes.
 */
final class FrameReceiver {
    private static final int CACHE_LINE = 64;

    private final Virtqueue queue;
    private final OwnTransfers own;
    private final int bufferSize;
    private final int longest;

    /** As many zeros as a buffer has bytes; null where every used length is told. */
    private final @Nullable MemorySegment zeros;

    /** The buffer whose frame somebody looks at, or that a fault was found in. */
    private @Nullable TransferToken held;

    /** How much of it the device may have written. */
    private int heldLength;

    private @Nullable DeviceFaultException fault;

    FrameReceiver(Virtqueue queue, FrameLimits limits, boolean inOrder) {
        this.queue = queue;
        own = new OwnTransfers(queue);
        bufferSize = limits.receiveBufferSize();
        longest = NetHeader.SIZE + limits.longestFrame();
        zeros = inOrder ? MemorySegment.ofArray(new long[(bufferSize + 7) / 8]) : null;
    }

    /** Hands so many new buffers to the queue; the device is not notified. */
    void fill(DmaMemory memory, int count) {
        for (int i = 0; i < count; i++) {
            DmaBuffer buffer = memory.allocateContiguous(bufferSize, CACHE_LINE);
            arm(own.add(queue.prepare(BufferList.receiveOnly(buffer))), bufferSize);
        }
        queue.publish();
    }

    /** After a reset: hands the same buffers to the queue again; the device is not notified. */
    void refill() {
        fault = null;
        recycleHeld();
        queue.takeReturned().forEach(token -> arm(token, bufferSize));
        queue.publish();
    }

    /** Lets go of the queue, and of the view of the last frame, which only this thread can end. */
    void handOver() {
        recycleHeld();
        queue.flush();
        queue.handOver();
    }

    int poll(FrameHandler handler, int limit) {
        checkUsable();
        recycleHeld();
        int frames = 0;
        while (frames < limit) {
            TransferToken token = queue.poll();
            if (token == null) {
                break;
            }
            hold(token);
            int length = frameLength(token);
            handler.onFrame(token.receiving(0).trusted(), NetHeader.SIZE, length);
            frames++;
            recycleHeld();
        }
        queue.flush();
        return frames;
    }

    @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        checkUsable();
        recycleHeld();
        TransferToken token = queue.poll(timeout);
        if (token == null) {
            return null;
        }
        hold(token);
        int length = frameLength(token);
        return token.receiving(0).view(NetHeader.SIZE, length);
    }

    private void hold(TransferToken token) {
        own.check(token);
        held = token;
        heldLength = bufferSize; // until it is known better
    }

    private void recycleHeld() {
        TransferToken token = held;
        if (token != null) {
            arm(token, heldLength);
            held = null; // not before: a sending that fails leaves the buffer here
        }
    }

    private void arm(TransferToken token, int written) {
        MemorySegment buffer = token.receiving(0).trusted();
        MemorySegment blank = zeros;
        if (blank != null) {
            MemorySegment.copy(blank, 0, buffer, 0, written);
        }
        NetHeader.expectOneBuffer(buffer);
        token.submit();
    }

    private int frameLength(TransferToken token) {
        boolean assumed = token.receivedLengthIsAssumed();
        long used = assumed ? longest : token.receivedLength();
        try {
            if (used < NetHeader.SIZE || used > bufferSize) {
                throw new DeviceFaultException(
                        "the device used a receive buffer for a frame that it cannot hold",
                        used < NetHeader.SIZE ? "5.1.9.4.1#1" : "2.7.8.2#2",
                        "used length %d, expected: %d..%d"
                                .formatted(used, NetHeader.SIZE, bufferSize));
            }
            NetHeader.checkReceivedPlain(token.receiving(0).trusted());
        } catch (DeviceFaultException e) {
            fault = e;
            throw e;
        }
        if (!assumed) {
            heldLength = (int) used;
        }
        return (int) used - NetHeader.SIZE;
    }

    private void checkUsable() {
        DeviceFaultException found = fault;
        if (found != null) {
            throw found.again();
        }
    }
}
