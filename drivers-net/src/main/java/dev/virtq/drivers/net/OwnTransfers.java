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

    /** The one that was found last. */
    private @Nullable OwnTransfer last;

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

    /**
     * {@return what belongs to a token; {@code null} when it is somebody else's}
     *
     * <p>Devices use buffers in the order in which they got them, nearly always, and here they get
     * them in the order in which they were used: so each is followed by the one that followed it
     * before, and a table is asked only when that is not so.
     */
    @Nullable OwnTransfer find(TransferToken token) {
        OwnTransfer before = last;
        OwnTransfer guess = before == null ? null : before.follower;
        if (guess != null && guess.token == token) {
            last = guess;
            return guess;
        }
        OwnTransfer found = transfers.get(token);
        if (found != null) {
            if (before != null) {
                before.follower = found;
            }
            last = found;
        }
        return found;
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
