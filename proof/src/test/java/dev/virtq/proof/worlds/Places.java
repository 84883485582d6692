package dev.virtq.proof.worlds;

import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * The places in shared memory that were accessed: an offset, and a width. Two places never overlap;
 * a ring that reads a field in another width than it was written gets an exception, since this
 * model of memory does not cover it.
 */
final class Places {
    static final int MEMORY_BYTES = 1 << 14;

    private final long start;
    private LongFunction<String> names = "byte %d"::formatted;
    private final int[] placeOfByte = new int[MEMORY_BYTES];
    private int[] offsets = new int[16];
    private int[] widths = new int[16];
    private int count;
    private boolean[] plain = new boolean[16];
    private boolean[] atomic = new boolean[16];

    /** For each place: the one that stands for all that are alike. */
    private int[] leader = new int[16];

    /**
     * Begins with none.
     *
     * @param start the native address of the memory
     */
    Places(long start) {
        this.start = start;
    }

    /** Says what is at an offset, for the reader of a trace. */
    void name(LongFunction<String> byOffset) {
        names = byOffset;
    }

    int count() {
        return count;
    }

    int find(long address, int width) {
        int offset = Math.toIntExact(address - start);
        int place = placeOfByte[offset] - 1;
        if (place >= 0 && offsets[place] == offset && widths[place] == width) {
            return place;
        }
        for (int i = 0; i < width; i++) {
            if (placeOfByte[offset + i] != 0) {
                throw new Fault(
                        "%d bytes at %s overlap a place of another width"
                                .formatted(width, names.apply(offset)));
            }
        }
        return add(offset, width);
    }

    private int add(int offset, int width) {
        int place = count++;
        if (plain.length == place) {
            offsets = Arrays.copyOf(offsets, 2 * place);
            widths = Arrays.copyOf(widths, 2 * place);
            plain = Arrays.copyOf(plain, 2 * place);
            atomic = Arrays.copyOf(atomic, 2 * place);
            leader = Arrays.copyOf(leader, 2 * place);
        }
        offsets[place] = offset;
        widths[place] = width;
        leader[place] = place;
        for (int i = 0; i < width; i++) {
            placeOfByte[offset + i] = place + 1;
        }
        return place;
    }

    /** Says that states may have one of these places for another: they are watched as one. */
    void alike(int[] places) {
        for (int place : places) {
            leader[place] = places[0];
        }
    }

    /** Takes note of an access. What is seen for the first time may change what a state is. */
    void note(int noted, boolean isAtomic) {
        int place = leader[noted];
        if (isAtomic ? atomic[place] : plain[place]) {
            return;
        }
        boolean wasUsed = atomic[place] || plain[place];
        if (isAtomic) {
            atomic[place] = true;
        } else {
            plain[place] = true;
        }
        if (wasUsed) {
            throw new Restart(name(noted));
        }
    }

    /** {@return whether it is never accessed but by atomic loads and stores} */
    boolean isAtomicOnly(int place) {
        return !plain[leader[place]];
    }

    /** {@return whether both kinds of access happen there} */
    boolean isMixed(int place) {
        return plain[leader[place]] && atomic[leader[place]];
    }

    int offset(int place) {
        return offsets[place];
    }

    String name(int place) {
        return names.apply(offsets[place]);
    }
}
