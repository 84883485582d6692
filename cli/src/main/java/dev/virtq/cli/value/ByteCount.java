package dev.virtq.cli.value;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as typed: {@code 64}, {@code 0x40}, {@code 4K}, {@code 256M}, {@code 2G}. */
public final class ByteCount {
    private static final Pattern FORM =
            Pattern.compile("(?:0x([0-9a-f]{1,15})|([0-9]{1,18}))\\s*([kmg]?)(?:i?b)?");

    private ByteCount() {}

    /**
     * {@return how many bytes a text stands for}
     *
     * @param text as typed
     * @throws IllegalArgumentException when it stands for no number
     */
    public static long parse(String text) {
        Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
        if (!form.matches()) {
            throw unreadable(text, null);
        }
        long number =
                form.group(1) != null
                        ? Long.parseLong(form.group(1), 16)
                        : Long.parseLong(form.group(2));
        int shift =
                10 * (1 + "kmg".indexOf(form.group(3).isEmpty() ? '\0' : form.group(3).charAt(0)));
        try {
            return Math.multiplyExact(number, 1L << shift);
        } catch (ArithmeticException e) {
            throw unreadable(text, e);
        }
    }

    private static IllegalArgumentException unreadable(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "'%s' is no number of bytes (expected: 64, 0x40, 4K, 256M or 2G)".formatted(text),
                cause);
    }

    /** For picocli. */
    public static final class Converter implements ITypeConverter<Long> {
        /** Makes one; picocli does. */
        public Converter() {}

        @Override
        public Long convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
