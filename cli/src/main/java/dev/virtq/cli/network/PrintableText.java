package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Text that a peer sent, made safe to show. A terminal obeys control characters, so none are let
 * through: they appear as escapes.
 */
final class PrintableText {
    private PrintableText() {}

    static String of(MemorySegment bytes) {
        return of(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    static String of(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> {
                    if (isPrintable(c)) {
                        safe.appendCodePoint(c);
                    } else {
                        safe.append("\\u{%x}".formatted(c));
                    }
                });
        return safe.toString();
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }
}
