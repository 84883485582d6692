package dev.virtq.fuzz;

import java.util.Arrays;
import java.util.List;

/**
 * The fuzzer's bytes as a sequence of decisions, read from the front. One that is exhausted goes on
 * with zeros, so that any bytes are a whole program; loops end where {@link #isExhausted}.
 */
public final class Input {
    private final byte[] bytes;
    private int at;

    /** Reads these bytes. */
    public Input(byte[] bytes) {
        this.bytes = bytes;
    }

    /** {@return whether all bytes were read} */
    public boolean isExhausted() {
        return at >= bytes.length;
    }

    /** {@return 8 bits} */
    public int u8() {
        return at < bytes.length ? bytes[at++] & 0xff : 0;
    }

    /** {@return 16 bits} */
    public int u16() {
        return u8() | u8() << 8;
    }

    /** {@return 32 bits} */
    public int i32() {
        return u16() | u16() << 16;
    }

    /** {@return 64 bits} */
    public long i64() {
        return (i32() & 0xffff_ffffL) | (long) i32() << 32;
    }

    /** {@return a yes or a no} */
    public boolean flag() {
        return (u8() & 1) != 0;
    }

    /** {@return 0 to the bound - 1} */
    public int below(int bound) {
        return Math.floorMod(bound <= 256 ? u8() : bound <= 65536 ? u16() : i32(), bound);
    }

    /** {@return something between two numbers, both included} */
    public int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** {@return one of them; there is at least one} */
    public <T> T pick(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** {@return the next bytes, at most so many} */
    public byte[] bytes(int limit) {
        int end = Math.min(bytes.length, at + limit);
        byte[] taken = Arrays.copyOfRange(bytes, Math.min(at, end), end);
        at = end;
        return taken;
    }
}
