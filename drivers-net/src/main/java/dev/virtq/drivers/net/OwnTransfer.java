package dev.virtq.drivers.net;

import dev.virtq.queue.TransferToken;
import java.lang.foreign.MemorySegment;

/** A prepared transfer of the driver's own, and its buffer: they stay together for ever. */
final class OwnTransfer {
    final TransferToken token;

    /** The bare buffer, kept here, since the way to it through the token is a long one. */
    final MemorySegment buffer;

    /** How many bytes of the last frame are in it, with its header; of a sent one, without. */
    int length;

    /** How many of its first bytes may be something else than zero. */
    int dirty;

    OwnTransfer(TransferToken token, MemorySegment buffer) {
        this.token = token;
        this.buffer = buffer;
    }
}
