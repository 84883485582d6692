package dev.virtq.drivers.net;

import dev.virtq.device.TransferTimeoutException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The transmit queue, and a pool of prepared transfers: each has the header in its buffer already,
 * so that sending is a copy of the frame behind it (virtio 1.4, section 5.1.9.2).
 *
 * <p>What the device is done with is collected when few buffers are free, not before: the device
 * need not interrupt anybody for a frame that is out.
 */
final class FrameSender {
    /** How many transfers go to the queue, or come from it, in one call at most. */
    private static final int BURST = 64;

    private static final int MOST_RESERVE = 32;

    private final Virtqueue queue;
    private final DmaMemory memory;
    private final FrameLimits limits;
    private final OwnTransfers own;

    /** Those that are free, first in, first out: so they come back in the same order every time. */
    private final OwnTransfer[] pool;

    /** What was written and is not staged yet. */
    private final TransferToken[] written = new TransferToken[BURST];

    private int writtenCount;

    private final @Nullable TransferToken[] done = new TransferToken[BURST];

    private int first;
    private int free;

    /**
     * How many buffers are collected before they are wanted. Else the entry that is looked at would
     * be the one that is written next, and the device has just written beside it: its cache line
     * would come here to be read, and once more to be written.
     */
    private final int reserve;

    FrameSender(Virtqueue queue, DmaMemory memory, FrameLimits limits, int count) {
        this.queue = queue;
        this.memory = memory;
        this.limits = limits;
        own = new OwnTransfers(queue);
        pool = new OwnTransfer[count];
        reserve = Math.min(count / 4, MOST_RESERVE);
        for (int i = 0; i < count; i++) {
            DmaBuffer buffer = CacheLines.allocate(memory, limits.transmitBufferSize());
            buffer.write(0, NetHeader.CODEC, NetHeader.PLAIN);
            TransferToken token = queue.prepare(BufferList.send(buffer));
            MemorySegment room = buffer.trusted().asSlice(NetHeader.SIZE, limits.longestFrame());
            giveBack(own.add(token, room));
        }
    }

    /** After a reset: what was on its way out is not sent again. {@return how many frames} */
    int collectReturned() {
        List<TransferToken> returned = queue.takeReturned();
        returned.forEach(token -> giveBack(own.of(token)));
        return returned.size();
    }

    boolean offer(MemorySegment frame) {
        int length = limits.checkSendable(frame.byteSize());
        stage(); // in the order in which they were written: a writer may offer frames, too
        if (!collect(1)) {
            return false;
        }
        copyNext(frame, length);
        stage();
        return true;
    }

    int sendBurst(MemorySegment[] frames, int from, int count) {
        Objects.checkFromIndexSize(from, count, frames.length);
        for (int i = from; i < from + count; i++) { // all, before the first is taken
            limits.checkSendable(frames[i].byteSize());
        }
        return collect(count) ? copy(frames, from, count) : sendNothing();
    }

    int sendBurst(FrameWriter writer, int limit) {
        return collect(limit) ? write(writer, limit) : sendNothing();
    }

    /** No buffer is free; but frames may have been offered before. */
    private int sendNothing() {
        queue.flush();
        return 0;
    }

    /** As {@link #write}, called only where a buffer is free: polls that find none stay out. */
    private int copy(MemorySegment[] frames, int from, int count) {
        int taken = Math.min(count, free);
        for (int i = from; i < from + taken; i++) {
            MemorySegment frame = frames[i];
            copyNext(frame, (int) frame.byteSize());
        }
        stage();
        queue.flush();
        return taken;
    }

    private int write(FrameWriter writer, int limit) {
        int sent = 0;
        try {
            while (sent < limit && free > 0 && writeNext(writer)) {
                sent++;
            }
        } finally {
            stage();
            queue.flush(); // what was written before a writer failed is on its way all the same
        }
        return sent;
    }

    private boolean writeNext(FrameWriter writer) {
        OwnTransfer transfer = pool[first];
        takeFirst(); // before: a writer may offer another frame
        boolean made = false;
        try {
            int length = writer.writeFrame(transfer.buffer);
            if (length != 0) {
                written(transfer, limits.checkSendable(length));
                made = true;
            }
        } finally {
            if (!made) {
                giveBack(transfer);
            }
        }
        return made;
    }

    void send(MemorySegment frame, Duration timeout) throws InterruptedException {
        int length = limits.checkSendable(frame.byteSize());
        if (!collect(1)) {
            TransferToken done = queue.poll(timeout);
            if (done == null) {
                throw new TransferTimeoutException(
                        "none of the %d transmit buffers came back from the device within %d ms"
                                .formatted(pool.length, timeout.toMillis()));
            }
            giveBack(own.of(done));
        }
        copyNext(frame, length);
        stage();
        queue.flush();
    }

    void sendInPlace(DmaBuffer frame, Duration timeout) throws InterruptedException {
        limits.checkSendable(frame.size());
        DmaBuffer header = memory.allocate(NetHeader.SIZE);
        TransferToken token;
        try {
            header.write(0, NetHeader.CODEC, NetHeader.PLAIN);
            token = queue.prepare(BufferList.send(header, frame));
        } catch (RuntimeException e) {
            header.close();
            throw e;
        }
        try {
            token.send().await(timeout);
        } finally {
            finish(token, header);
        }
    }

    /** Gives the frame back to its owner when that can be done, and else as soon as it can be. */
    private static void finish(TransferToken token, DmaBuffer header) {
        switch (token.state()) {
            case PREPARED, COMPLETED -> {
                token.release();
                header.close();
            }
            case STAGED, IN_FLIGHT -> token.detach(); // the device may still read
            case DETACHED, CLOSED, QUARANTINED -> {} // the device was closed meanwhile
        }
    }

    private void copyNext(MemorySegment frame, int length) {
        OwnTransfer transfer = pool[first];
        MemorySegment.copy(frame, 0, transfer.buffer, 0, length);
        written(transfer, length);
        takeFirst();
    }

    private void written(OwnTransfer transfer, int length) {
        if (transfer.length != length) {
            transfer.token.limitSending(0, NetHeader.SIZE + (long) length);
            transfer.length = length;
        }
        if (writtenCount == BURST) {
            stage();
        }
        written[writtenCount++] = transfer.token;
    }

    /** Stages what was written. What cannot be staged goes back to the pool. */
    private void stage() {
        int count = writtenCount;
        if (count == 0) {
            return;
        }
        writtenCount = 0;
        try {
            queue.submit(written, 0, count);
        } catch (RuntimeException e) {
            for (int i = 0; i < count; i++) {
                if (!written[i].state().isWithDevice()) {
                    giveBack(own.of(written[i]));
                }
            }
            throw e;
        }
    }

    /**
     * Makes so many buffers free, and the reserve, if the device is done with them; no more, since
     * each look costs.
     *
     * @return whether there is one
     */
    private boolean collect(int wanted) {
        int enough = Math.min(wanted, pool.length - reserve) + reserve;
        while (free < enough) {
            int count = queue.poll(done, 0, Math.min(enough - free, BURST));
            if (count == 0) {
                break;
            }
            giveBackDone(count);
        }
        return free > 0;
    }

    private void giveBackDone(int count) {
        for (int i = 0; i < count; i++) {
            giveBack(own.of(Objects.requireNonNull(done[i])));
        }
    }

    private void takeFirst() {
        first = first + 1 < pool.length ? first + 1 : 0;
        free--;
    }

    private void giveBack(OwnTransfer transfer) {
        int place = first + free;
        pool[place < pool.length ? place : place - pool.length] = transfer;
        free++;
    }
}
