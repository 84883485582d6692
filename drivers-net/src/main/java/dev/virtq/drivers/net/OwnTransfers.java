package dev.virtq.drivers.net;

import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The transfers that this driver submits to a queue; each is attached to its token. The queue is
 * open to others, and what they submit comes out of the same poll: better an error than somebody
 * else's buffer in the ring for ever.
 */
final class OwnTransfers {
    private final Virtqueue queue;
    private int count;

    OwnTransfers(Virtqueue queue) {
        this.queue = queue;
    }

    OwnTransfer add(TransferToken token, MemorySegment buffer) {
        OwnTransfer own = new OwnTransfer(token, buffer);
        token.attach(own);
        count++;
        return own;
    }

    int count() {
        return count;
    }

    /** {@return what belongs to a token; {@code null} when it is somebody else's} */
    @Nullable OwnTransfer find(TransferToken token) {
        return token.attachment() instanceof OwnTransfer own ? own : null;
    }

    OwnTransfer of(TransferToken token) {
        OwnTransfer own = find(token);
        if (own == null) {
            throw notOwn(token);
        }
        return own;
    }

    IllegalStateException notOwn(TransferToken token) {
        return new IllegalStateException(
                "%s was submitted to %s beside the network driver; use its send() there"
                        .formatted(token, queue));
    }
}
