package dev.virtq.proof.worlds;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The states that were visited, numbered in the order of their discovery. It keeps 128 bits of hash
 * of each and not the state: two states that fall together would hide each other, with a
 * probability of 10^-24 for ten million states.
 */
final class StateSet {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private long[] high = new long[1 << 12];
    private long[] low = new long[1 << 12];
    private int[] number = new int[1 << 12];
    private int size;

    StateSet() {
        Arrays.fill(number, -1);
    }

    int size() {
        return size;
    }

    /** {@return its number; the set's former size when it is new} */
    int add(byte[] state) {
        if (2 * size >= number.length) {
            grow();
        }
        long first = 0x9e3779b97f4a7c15L ^ state.length;
        long second = 0xc2b2ae3d27d4eb4fL;
        int at = 0;
        for (; at + 8 <= state.length; at += 8) {
            long word = (long) LONGS.get(state, at);
            first = Long.rotateLeft((first ^ word) * 0xff51afd7ed558ccdL, 31);
            second = Long.rotateLeft((second + word) * 0x9fb21c651e98df25L, 27) ^ first;
        }
        long word = 0;
        for (; at < state.length; at++) {
            word = word << 8 | (state[at] & 0xff);
        }
        first = mix(Long.rotateLeft((first ^ word) * 0xff51afd7ed558ccdL, 31));
        second = mix((second + word) * 0x9fb21c651e98df25L ^ first);
        int slot = find(first, second);
        if (number[slot] < 0) {
            high[slot] = first;
            low[slot] = second;
            number[slot] = size++;
        }
        return number[slot];
    }

    private int find(long first, long second) {
        int slot = (int) second & (number.length - 1);
        while (number[slot] >= 0 && (high[slot] != first || low[slot] != second)) {
            slot = (slot + 1) & (number.length - 1);
        }
        return slot;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        int[] oldNumber = number;
        high = new long[2 * oldHigh.length];
        low = new long[2 * oldLow.length];
        number = new int[2 * oldNumber.length];
        Arrays.fill(number, -1);
        for (int i = 0; i < oldNumber.length; i++) {
            if (oldNumber[i] >= 0) {
                int slot = find(oldHigh[i], oldLow[i]);
                high[slot] = oldHigh[i];
                low[slot] = oldLow[i];
                number[slot] = oldNumber[i];
            }
        }
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
