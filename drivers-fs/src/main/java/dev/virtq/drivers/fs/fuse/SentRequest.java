package dev.virtq.drivers.fs.fuse;

import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferToken;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request's way through a queue, once. Closed before the device is done with it, its buffers are
 * freed when the device is; else they are their owner's again.
 */
final class SentRequest implements AutoCloseable {
    private final RequestQueue queue;
    private final Consumer<TransferToken> limits;
    private @Nullable TransferToken token;
    private boolean sent;
    private boolean done;

    /**
     * Of a request that is about to be sent.
     *
     * @param limits says how much of each buffer the device may use
     */
    SentRequest(RequestQueue queue, Consumer<TransferToken> limits) {
        this.queue = queue;
        this.limits = limits;
    }

    TransferFuture<TransferToken> send(BufferList buffers) {
        TransferFuture<TransferToken> future =
                queue.send(
                        buffers,
                        prepared -> {
                            token = prepared;
                            limits.accept(prepared);
                        });
        sent = true;
        return future;
    }

    /** The device is done with it. */
    void isDone() {
        done = true;
    }

    /** {@return whether its buffers belong to the transfer, whatever becomes of that} */
    boolean isWithDevice() {
        TransferToken prepared = token;
        return !done && prepared != null && (sent || prepared.state().isWithDevice());
    }

    @Override
    public void close() {
        TransferToken prepared = token;
        if (prepared == null) {
            return;
        }
        if (done) {
            prepared.release();
        } else if (isWithDevice()) {
            queue.close(prepared);
        } // else it was not sent, and has been released
    }
}
