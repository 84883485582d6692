package dev.virtq.cli.value;

import java.io.ByteArrayOutputStream;

/**
 * Bytes as people write them: pairs of hex digits, with space, {@code :}, {@code -} or {@code _}
 * between.
 */
final class HexText {
    private static final String SEPARATORS = " :-_";

    private HexText() {}

    /**
     * Reads bytes.
     *
     * @param text what was typed
     * @param start where the digits start; positions in messages count from 1 at the start of the
     *     text
     * @return the bytes
     * @throws IllegalArgumentException when there is something else than pairs of hex digits
     */
    static byte[] parse(String text, int start) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int high = -1;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (high < 0 && SEPARATORS.indexOf(c) >= 0) {
                continue;
            }
            int digit = Character.digit(c, 16);
            if (digit < 0 || c > 'f') {
                throw new IllegalArgumentException(
                        "'%s' at position %d is no hex digit (expected: pairs of 0-9 and a-f)"
                                .formatted(c, i + 1));
            }
            if (high < 0) {
                high = digit;
            } else {
                bytes.write(high << 4 | digit);
                high = -1;
            }
        }
        if (high >= 0) {
            throw new IllegalArgumentException(
                    "the digit at position %d has no partner (expected: two hex digits for each byte)"
                            .formatted(text.length()));
        }
        return bytes.toByteArray();
    }
}
