package dev.virtq.machine.sim.hostile;

import java.nio.ByteBuffer;

/**
 * Attributes in an answer, to be changed there.
 *
 * @param answer the answer
 * @param at where they are
 * @param extended whether they are a {@code struct fuse_statx}, and not a {@code struct fuse_attr}
 */
record TwistedAttributes(ByteBuffer answer, int at, boolean extended) {
    void size(long size) {
        answer.putLong(at + (extended ? 40 : 8), size);
    }

    int mode() {
        return extended ? answer.getShort(at + 28) & 0xffff : answer.getInt(at + 60);
    }

    void mode(int mode) {
        if (extended) {
            answer.putShort(at + 28, (short) mode);
        } else {
            answer.putInt(at + 60, mode);
        }
    }

    void seconds(long seconds) {
        for (int field : extended ? new int[] {64, 96, 112} : new int[] {24, 32, 40}) {
            answer.putLong(at + field, seconds);
        }
    }

    void nanoseconds(int nanoseconds) {
        for (int field : extended ? new int[] {72, 104, 120} : new int[] {48, 52, 56}) {
            answer.putInt(at + field, nanoseconds);
        }
    }
}
