package dev.virtq.machine.container;

import java.nio.charset.StandardCharsets;

/** The end of what somebody writes, in bounds. */
final class OutputTail {
    private static final int KEPT = 4 << 10;

    private final byte[] ring = new byte[KEPT];
    private long written;

    synchronized void add(byte[] bytes) {
        for (byte octet : bytes) {
            ring[(int) (written++ % KEPT)] = octet;
        }
    }

    /** What was kept, with its lines joined. */
    synchronized String oneLine() {
        int count = (int) Math.min(written, KEPT);
        byte[] copy = new byte[count];
        for (int i = 0; i < count; i++) {
            copy[i] = ring[(int) ((written - count + i) % KEPT)];
        }
        String text = new String(copy, StandardCharsets.UTF_8).strip();
        return (written > KEPT ? "…" : "") + text.replaceAll("\\s*\\R\\s*", "; ");
    }
}
