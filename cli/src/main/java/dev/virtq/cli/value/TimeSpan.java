package dev.virtq.cli.value;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A time as typed: {@code 5s}, {@code 200ms}, {@code 50us}, {@code 2m}; a bare number is seconds.
 */
public final class TimeSpan {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(us|ms|s|m|)");

    private TimeSpan() {}

    /**
     * {@return the time that a text stands for}
     *
     * @param text as typed
     * @throws IllegalArgumentException when it stands for none
     */
    public static Duration parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is no time (expected: 5s, 0.2, 200ms, 50us or 2m)".formatted(text));
        }
        long nanosPerUnit =
                switch (form.group(2)) {
                    case "us" -> 1_000L;
                    case "ms" -> 1_000_000L;
                    case "m" -> 60_000_000_000L;
                    default -> 1_000_000_000L;
                };
        return Duration.ofNanos(
                new BigDecimal(form.group(1))
                        .multiply(BigDecimal.valueOf(nanosPerUnit))
                        .longValue());
    }

    /** For picocli. */
    public static final class Converter implements ITypeConverter<Duration> {
        /** Makes one; picocli does. */
        public Converter() {}

        @Override
        public Duration convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
