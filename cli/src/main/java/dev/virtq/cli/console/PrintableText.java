package dev.virtq.cli.console;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Text that a peer sent, made safe to show. A terminal obeys control characters, so none are let
 * through: they appear as escapes.
 */
public final class PrintableText {
    private PrintableText() {}

    /**
     * {@return the text of some bytes}
     *
     * @param bytes UTF-8, or what is taken for that
     */
    public static String of(MemorySegment bytes) {
        return of(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    /**
     * {@return the text of some bytes}
     *
     * @param bytes UTF-8, or what is taken for that
     */
    public static String of(byte[] bytes) {
        return of(new String(bytes, StandardCharsets.UTF_8));
    }

    /**
     * {@return a text, safe to show}
     *
     * @param text any
     */
    public static String of(String text) {
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
