package dev.virtq.drivers.net;

import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The transfers that this driver submits to a queue. The queue is open to others, and what they
 * submit comes out of the same poll: better an error than somebody else's buffer in the ring for
 * ever.
 */
final class OwnTransfers {
    private final Virtqueue queue;
    private final IdentityHashMap<TransferToken, OwnTransfer> transfers = new IdentityHashMap<>();

    OwnTransfers(Virtqueue queue) {
        this.queue = queue;
    }

    OwnTransfer add(TransferToken token, MemorySegment buffer) {
        OwnTransfer own = new OwnTransfer(token, buffer);
        transfers.put(token, own);
        return own;
    }

    int count() {
        return transfers.size();
    }

    /** {@return what belongs to a token; {@code null} when it is somebody else's} */
    @Nullable OwnTransfer find(TransferToken token) {
        return transfers.get(token);
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
