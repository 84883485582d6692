package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Cuts what QEMU writes to a qtest socket into lines, and takes {@code IRQ} lines out of them. What
 * remains are answers, in the order of their commands.
 */
final class QtestAnswers {
    /** Holds the longest answer that a command of {@link QtestClient} can have, twice. */
    private static final int CAPACITY = 128 << 10;

    private static final byte[] OK = ascii("OK");
    private static final byte[] IRQ = ascii("IRQ ");

    private final UnixSocket socket;
    private final QtestInterrupts interrupts;
    private final ByteBuffer input = ByteBuffer.allocateDirect(CAPACITY);

    /** The line that is looked at. */
    private int start;

    private int end;

    /** Where the next line starts, and how far its end was searched for. */
    private int lineStart;

    private int searched;

    QtestAnswers(UnixSocket socket, QtestInterrupts interrupts) {
        this.socket = socket;
        this.interrupts = interrupts;
    }

    /** Takes what the socket has, without waiting; false when there was nothing. */
    boolean fill() throws IOException {
        makeRoom();
        int count = socket.read(input);
        if (count < 0) {
            throw new IOException("QEMU closed the qtest connection");
        }
        return count > 0;
    }

    /** Moves on to the next answer in the buffer; false when there is no whole one. */
    boolean next() throws IOException {
        while (nextLine()) {
            if (!startsWith(IRQ)) {
                return true;
            }
            interrupts.accept(text());
        }
        return false;
    }

    /** Whether the answer is {@code OK}, alone or with a value. */
    boolean isOk() {
        return startsWith(OK) && (end - start == 2 || input.get(start + 2) == ' ');
    }

    /** The value of an {@code OK 0x…} answer. */
    long value() throws IOException {
        int at = start + 5;
        if (end <= at || end - at > 16 || input.get(at - 2) != '0' || input.get(at - 1) != 'x') {
            throw new IOException("expected 'OK 0x…' from QEMU, got '%s'".formatted(text()));
        }
        long value = 0;
        for (; at < end; at++) {
            int digit = Character.digit((char) input.get(at), 16);
            if (digit < 0) {
                throw new IOException("expected 'OK 0x…' from QEMU, got '%s'".formatted(text()));
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    /** What follows {@code OK} and a blank; empty when nothing does. */
    byte[] payload() {
        int from = Math.min(start + 3, end);
        byte[] copy = new byte[end - from];
        input.get(from, copy);
        return copy;
    }

    /** The answer as text, shortened, with whatever is not printable replaced. */
    String text() {
        byte[] copy = new byte[Math.min(end - start, 120)];
        input.get(start, copy);
        return new String(copy, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
    }

    private boolean nextLine() {
        int limit = input.position();
        for (int at = searched; at < limit; at++) {
            if (input.get(at) == '\n') {
                start = lineStart;
                end = at;
                if (end > start && input.get(end - 1) == '\r') {
                    end--;
                }
                lineStart = at + 1;
                searched = at + 1;
                return true;
            }
        }
        searched = limit;
        return false;
    }

    private void makeRoom() throws IOException {
        if (lineStart == input.position()) {
            input.clear();
            lineStart = 0;
            searched = 0;
        } else if (input.remaining() < CAPACITY / 4) {
            int moved = lineStart;
            input.limit(input.position()).position(lineStart);
            input.compact();
            lineStart = 0;
            searched -= moved;
            if (!input.hasRemaining()) {
                throw new IOException(
                        "an answer of QEMU's qtest is longer than %d bytes".formatted(CAPACITY));
            }
        }
    }

    private boolean startsWith(byte[] prefix) {
        if (end - start < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (input.get(start + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
