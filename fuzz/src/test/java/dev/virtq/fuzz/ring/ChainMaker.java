package dev.virtq.fuzz.ring;

import dev.virtq.fuzz.Input;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.Chain;
import java.util.ArrayList;
import java.util.List;

/** Chains of buffers in the buffers' memory, of any shape. */
final class ChainMaker {
    private static final int LONGEST = 40;

    private final Input input;

    ChainMaker(Input input) {
        this.input = input;
    }

    /** A chain, and of how many buffers it is. */
    record Made(Chain chain, int buffers) {}

    Made make() {
        int shape = input.u8();
        int readable = shape & 3;
        int writable = (shape >>> 2) & 3;
        if (readable + writable == 0) {
            readable = 1;
        }
        List<List<Extent>> buffers = new ArrayList<>();
        for (int i = 0; i < readable + writable; i++) {
            buffers.add((shape & 0xe0) == 0xe0 ? List.of(extent(), extent()) : List.of(extent()));
        }
        return new Made(new Chain(buffers, readable), buffers.size());
    }

    /** {@return whether one of so many buffers of the chain has another limit now} */
    boolean limit(Chain chain, int buffers) {
        int buffer = input.below(buffers);
        long limit = input.below(LONGEST);
        long others = chain.readableBytes() + chain.writableBytes() - chain.limit(buffer);
        try {
            return chain.limit(buffer, limit);
        } catch (IllegalArgumentException e) {
            if ((limit > 0 && limit <= chain.limit(buffer)) || (limit == 0 && others > 0)) {
                throw new AssertionError("a limit was refused that is none too many", e);
            }
            return false;
        }
    }

    private Extent extent() {
        int random = input.u8();
        return new Extent(FencedMemory.DATA_ADDRESS + 2L * random, 1 + random % LONGEST);
    }
}
