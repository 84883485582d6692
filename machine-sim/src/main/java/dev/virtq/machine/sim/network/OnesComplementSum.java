package dev.virtq.machine.sim.network;

import java.nio.ByteBuffer;

/** The running sum of RFC 1071, folded after every word. */
final class OnesComplementSum {
    private int sum;

    OnesComplementSum word(int value) {
        sum += value & 0xffff;
        sum = (sum & 0xffff) + (sum >>> 16);
        return this;
    }

    OnesComplementSum address(int value) {
        return word(value >>> 16).word(value);
    }

    /** Adds what remains in a buffer, and leaves its position alone. */
    OnesComplementSum bytes(ByteBuffer bytes) {
        int position = bytes.position();
        for (; position + 1 < bytes.limit(); position += 2) {
            word(bytes.get(position) << 8 | (bytes.get(position + 1) & 0xff));
        }
        if (position < bytes.limit()) {
            word(bytes.get(position) << 8);
        }
        return this;
    }

    /** What goes into a checksum field that was zero; zero when the field was right already. */
    int complement() {
        return ~sum & 0xffff;
    }
}
