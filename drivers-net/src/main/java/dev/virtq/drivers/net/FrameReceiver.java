package dev.virtq.drivers.net;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The receive queue, kept full: each buffer is prepared once, and goes back to the device when its
 * frame was looked at (virtio 1.4, section 5.1.9.3).
 *
 * <p>Nothing but the used length says where a frame ends. Where VIRTIO_F_IN_ORDER was accepted, a
 * device may leave it untold, which means that it has filled the buffer (2.7.9, 2.8.13): then the
 * frame is as long as a frame can be. A device that was only careless has written a shorter one. So
 * that nothing of an earlier frame stands behind it, buffers are zero when they go to such a
 * device: what follows a frame whose end is not known is padding, as behind a short frame on a
 * wire, and not somebody else's bytes.
 *
 * <p>To fill a buffer with zeros costs as much as to copy a frame, and hardly any device leaves a
 * length untold. So it is done from the first time on that one does; of the frames that have come
 * until then into buffers that held another one, the end is not known, and they are lost.
 */
final class FrameReceiver {
    /** How many buffers are taken from the ring before the first frame is looked at. */
    private static final int BATCH = 64;

    private final Virtqueue queue;
    private final OwnTransfers own;
    private final ReceiveLayout layout;
    private final int bufferSize;
    private final TakenBuffers taken;
    private final FrameGatherer gatherer;

    /** As many zeros as a buffer has bytes; null where every used length is told. */
    private final @Nullable MemorySegment zeros;

    /**
     * How many opened buffers are kept at most when frames were received. Never so many that a long
     * frame might lack buffers.
     */
    private int most = 1;

    /** Whether somebody may look at the frame that was opened last, until its buffer goes back. */
    private boolean viewed;

    private @Nullable DeviceFaultException fault;

    FrameReceiver(Virtqueue queue, ReceiveLayout layout, boolean inOrder) {
        this.queue = queue;
        this.layout = layout;
        own = new OwnTransfers(queue);
        bufferSize = layout.bufferSize();
        taken = new TakenBuffers(queue, own);
        gatherer = new FrameGatherer(taken, layout);
        zeros = inOrder ? MemorySegment.ofArray(new long[(bufferSize + 7) / 8]) : null;
    }

    /** Hands so many new buffers to the queue; the device is not notified. */
    void fill(DmaMemory memory, int count) {
        for (int i = 0; i < count; i++) {
            DmaBuffer buffer = CacheLines.allocate(memory, bufferSize);
            TransferToken token = queue.prepare(BufferList.receiveOnly(buffer));
            token.limitReceiving(0, bufferSize);
            // What a lost device has left in it has to go where lengths may be untold: then the
            // buffer comes back first.
            token.setIdempotent(zeros == null);
            arm(own.add(token, buffer.trusted())); // as new memory is, zero
        }
        queue.publish();
        int spare = Math.min(own.count() / 4, own.count() - layout.mostBuffers());
        most = Math.clamp(spare, 1, BATCH);
    }

    /** After a reset: hands the same buffers to the queue again; the device is not notified. */
    void refill() {
        fault = null;
        taken.openAll(bufferSize);
        goOn();
    }

    /**
     * As {@link #refill}, with another device in the place of one that was lost: frames that had
     * come still come, unless the lost one has broken a rule.
     */
    void goOnAfterLoss() {
        if (fault == null) {
            goOn();
        } else {
            refill();
        }
    }

    private void goOn() {
        recycle();
        for (TransferToken token : queue.takeReturned()) {
            OwnTransfer transfer = own.of(token);
            transfer.dirty = bufferSize;
            arm(transfer);
        }
        queue.publish();
    }

    /** Lets go of the queue, and of the view of the last frame, which only this thread can end. */
    void handOver() {
        recycle();
        queue.flush();
        queue.handOver();
    }

    int receiveBurst(FrameHandler handler, int limit) {
        checkUsable();
        // A buffer goes into the slot that was used last: the device is about to write to that
        // cache line, and would have to fetch it for each frame. So many go back together, and
        // earlier here than below: whoever has just sent something and waits for the answer has
        // time now, and none when it has come.
        recycle((most + 1) / 2);
        int frames = fetch(limit) ? handle(handler, limit) : 0;
        queue.flush();
        return frames;
    }

    private boolean fetch(int wanted) {
        return wanted > 0 && taken.fetch(Math.min(wanted, BATCH));
    }

    /** Called only where there is a frame: what the compiler sees of it is what matters. */
    private int handle(FrameHandler handler, int limit) {
        int frames = 0;
        boolean allThatWereWanted;
        do {
            // With fewer the ring was empty, and whoever called waits for what has come.
            allThatWereWanted = taken.waiting() >= Math.min(limit - frames, BATCH);
            do {
                open();
                if (!gatherer.lost) {
                    handler.onFrame(gatherer.frame, gatherer.offset, gatherer.length);
                    frames++;
                }
            } while (frames < limit && taken.hasNext());
            recycle(most);
        } while (allThatWereWanted && fetch(limit - frames));
        return frames;
    }

    @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        checkUsable();
        OwnTransfer first;
        do {
            recycle();
            if (!taken.fetch(1) && !taken.fetch(timeout)) {
                return null;
            }
            first = open();
        } while (gatherer.lost);
        if (gatherer.isCopy()) {
            return MemorySegment.ofArray(
                    gatherer.frame.asSlice(0, gatherer.length).toArray(ValueLayout.JAVA_BYTE));
        }
        viewed = true;
        return first.token.receiving(0).view(gatherer.offset, gatherer.length);
    }

    /** Looks at the next frame, which the gatherer then has. {@return its first buffer} */
    private OwnTransfer open() {
        try {
            return gatherer.next();
        } catch (DeviceFaultException e) {
            fault = e;
            throw e;
        }
    }

    /** Gives opened buffers back if there are so many, or somebody may still look at one. */
    private void recycle(int least) {
        if (viewed || taken.openedCount() >= least) {
            recycle();
        }
    }

    /** Gives back the buffers whose frames were looked at. */
    private void recycle() {
        viewed = false;
        int count = taken.openedCount();
        if (count == 0) {
            return;
        }
        if (gatherer.leavesUntold) {
            for (int i = 0; i < count; i++) {
                blank(taken.opened(i));
            }
        }
        taken.giveBackOpened();
    }

    /** Sends a buffer that may hold anything. */
    private void arm(OwnTransfer transfer) {
        if (gatherer.leavesUntold) {
            blank(transfer);
        } else {
            expectOneBuffer(transfer);
        }
        transfer.token.submit();
    }

    /** Fills a buffer with zeros, where the device may leave it untold how much it writes. */
    private void blank(OwnTransfer transfer) {
        MemorySegment blank = zeros;
        if (blank != null) {
            MemorySegment.copy(blank, 0, transfer.buffer, 0, transfer.dirty);
            transfer.dirty = 0;
            expectOneBuffer(transfer);
        }
    }

    /** Once is enough: a device leaves it as it is, or writes the same. */
    private void expectOneBuffer(OwnTransfer transfer) {
        if (!layout.mergeable()) {
            NetHeader.expectOneBuffer(transfer.buffer);
        }
    }

    private void checkUsable() {
        DeviceFaultException found = fault;
        if (found != null) {
            throw found.again();
        }
    }
}
