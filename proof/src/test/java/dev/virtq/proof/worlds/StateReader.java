package dev.virtq.proof.worlds;

/** Reads what a {@link StateWriter} wrote. */
final class StateReader {
    private final byte[] bytes;
    private int at;

    StateReader(byte[] bytes) {
        this.bytes = bytes;
    }

    long next() {
        long rest = 0;
        int shift = 0;
        while (bytes[at] < 0) {
            rest |= (bytes[at++] & 0x7fL) << shift;
            shift += 7;
        }
        rest |= (long) bytes[at++] << shift;
        return rest >>> 1 ^ -(rest & 1);
    }

    int nextInt() {
        return (int) next();
    }

    boolean nextBoolean() {
        return next() != 0;
    }
}
