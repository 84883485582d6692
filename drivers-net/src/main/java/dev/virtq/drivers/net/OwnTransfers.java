package dev.virtq.drivers.net;

import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * The transfers that this driver submits to a queue. The queue is open to others, and what they
 * submit comes out of the same poll: better an error than somebody else's buffer in the ring for
 * ever.
 */
final class OwnTransfers {
    private final Virtqueue queue;
    private final Set<TransferToken> tokens = Collections.newSetFromMap(new IdentityHashMap<>());

    OwnTransfers(Virtqueue queue) {
        this.queue = queue;
    }

    TransferToken add(TransferToken token) {
        tokens.add(token);
        return token;
    }

    void check(TransferToken token) {
        if (!tokens.contains(token)) {
            throw new IllegalStateException(
                    "%s was submitted to %s beside the network driver; use its send() there"
                            .formatted(token, queue));
        }
    }
}
