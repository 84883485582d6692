package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.VirtioException;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * A queue for requests, with a limit that keeps it from overflowing: who asks for more waits until
 * somebody else is done.
 */
final class RequestQueue {
    /** Header, payload, header of the answer, payload; each may be cut in two by a hole. */
    private static final int MOST_ELEMENTS = 8;

    private final int index;
    private final SharedVirtqueue queue;
    private final Semaphore room;

    RequestQueue(Virtqueue queue) {
        index = queue.index();
        room = new Semaphore(Math.max(1, queue.size() / MOST_ELEMENTS));
        this.queue = queue.share();
    }

    int index() {
        return index;
    }

    /**
     * Waits for room. An interrupt is for what follows: a file is closed by interrupted threads.
     */
    void enter() {
        room.acquireUninterruptibly();
    }

    void leave() {
        room.release();
    }

    /**
     * Sends a request.
     *
     * @param before what is done with the token before it is sent
     * @throws VirtioException when the device cannot be used
     */
    TransferFuture<TransferToken> send(BufferList buffers, Consumer<TransferToken> before) {
        return queue.send(buffers, before);
    }

    void close(TransferToken token) {
        queue.close(token);
    }
}
