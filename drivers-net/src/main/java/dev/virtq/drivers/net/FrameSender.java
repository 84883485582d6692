package dev.virtq.drivers.net;

import dev.virtq.device.TransferTimeoutException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * The transmit queue, and a pool of prepared transfers: each has the header in its buffer already,
 * so that sending is a copy of the frame behind it (virtio 1.4, section 5.1.9.2).
 *
 * <p>What the device is done with is collected when the pool is empty, not before: the device need
 * not interrupt anybody for a frame that is out.
 */
final class FrameSender {
    private static final int CACHE_LINE = 64;

    private final Virtqueue queue;
    private final DmaMemory memory;
    private final FrameLimits limits;
    private final OwnTransfers own;
    private final TransferToken[] pool;
    private int free;

    FrameSender(Virtqueue queue, DmaMemory memory, FrameLimits limits, int count) {
        this.queue = queue;
        this.memory = memory;
        this.limits = limits;
        own = new OwnTransfers(queue);
        pool = new TransferToken[count];
        for (int i = 0; i < count; i++) {
            DmaBuffer buffer = memory.allocateContiguous(limits.transmitBufferSize(), CACHE_LINE);
            buffer.write(0, NetHeader.CODEC, NetHeader.PLAIN);
            giveBack(own.add(queue.prepare(BufferList.send(buffer))));
        }
    }

    /** After a reset: what was on its way out is not sent again. */
    void collectReturned() {
        queue.takeReturned().forEach(this::giveBack);
    }

    boolean offer(MemorySegment frame) {
        int length = limits.checkSendable(frame.byteSize());
        if (free == 0 && !collect()) {
            return false;
        }
        submitNext(frame, length);
        return true;
    }

    void send(MemorySegment frame, Duration timeout) throws InterruptedException {
        int length = limits.checkSendable(frame.byteSize());
        if (free == 0 && !collect()) {
            TransferToken done = queue.poll(timeout);
            if (done == null) {
                throw new TransferTimeoutException(
                        "none of the %d transmit buffers came back from the device within %d ms"
                                .formatted(pool.length, timeout.toMillis()));
            }
            giveBack(done);
        }
        submitNext(frame, length);
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

    private void submitNext(MemorySegment frame, int length) {
        TransferToken token = pool[free - 1];
        MemorySegment buffer = token.sending(0).trusted();
        MemorySegment.copy(frame, 0, buffer, NetHeader.SIZE, length);
        token.limitSending(0, NetHeader.SIZE + (long) length);
        token.submit();
        free--; // not before: a sending that fails leaves the buffer in the pool
    }

    private boolean collect() {
        TransferToken token;
        while ((token = queue.poll()) != null) {
            giveBack(token);
        }
        return free > 0;
    }

    private void giveBack(TransferToken token) {
        own.check(token);
        pool[free] = token;
        free++;
    }
}
