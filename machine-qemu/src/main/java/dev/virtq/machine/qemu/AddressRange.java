package dev.virtq.machine.qemu;

import java.util.OptionalLong;

/** Addresses that are given out from the first one on. */
final class AddressRange {
    private final long first;
    private final long end;
    private long next;

    AddressRange(long first, long end) {
        this.first = first;
        this.end = end;
        this.next = first;
    }

    /** {@return a range that has none to give} */
    static AddressRange none() {
        return new AddressRange(0, 0);
    }

    /**
     * {@return the first address of a place that is aligned to its size; empty when none is left}
     *
     * @param size a power of two
     */
    OptionalLong take(long size) {
        long start = (next + size - 1) & -size;
        if (start < next || size > end - start) {
            return OptionalLong.empty();
        }
        next = start + size;
        return OptionalLong.of(start);
    }

    /** {@return the same range with nothing given out} */
    AddressRange whole() {
        return new AddressRange(first, end);
    }

    boolean isNone() {
        return first == end;
    }

    long first() {
        return first;
    }

    /** {@return the first address behind it} */
    long end() {
        return end;
    }
}
