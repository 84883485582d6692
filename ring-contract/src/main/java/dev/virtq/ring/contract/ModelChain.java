package dev.virtq.ring.contract;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.ring.Chain;
import java.util.List;

/** One chain of a {@link RandomRun}, and what has to come out of it. */
final class ModelChain {
    /** How far it is on its way round. */
    enum Place {
        PREPARED,
        STAGED,
        PUBLISHED,
        TAKEN,
        USED
    }

    final Chain chain;
    final List<DmaBuffer> readable;
    final List<DmaBuffer> writable;
    final int slots;
    Place place = Place.PREPARED;
    byte[] sent = {};
    long usedLength;
    boolean assumed;

    ModelChain(Chain chain, List<DmaBuffer> readable, List<DmaBuffer> writable, int slots) {
        this.chain = chain;
        this.readable = List.copyOf(readable);
        this.writable = List.copyOf(writable);
        this.slots = slots;
    }

    /** {@return the buffer at that place among all of them} */
    DmaBuffer buffer(int index) {
        return index < readable.size()
                ? readable.get(index)
                : writable.get(index - readable.size());
    }

    void close() {
        readable.forEach(DmaBuffer::close);
        writable.forEach(DmaBuffer::close);
    }

    static byte[] inverted(byte[] bytes) {
        byte[] inverted = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            inverted[i] = (byte) ~bytes[i];
        }
        return inverted;
    }
}
