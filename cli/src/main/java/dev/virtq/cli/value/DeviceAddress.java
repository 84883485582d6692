package dev.virtq.cli.value;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address as devices see it, as typed: {@code 0x1000} or {@code 4096}. */
public final class DeviceAddress {
    private DeviceAddress() {}

    /**
     * {@return the address that a text stands for}
     *
     * @param text as typed
     * @throws IllegalArgumentException when it stands for none
     */
    public static long parse(String text) {
        try {
            String digits = text.replace("_", "");
            return digits.startsWith("0x") || digits.startsWith("0X")
                    ? Long.parseUnsignedLong(digits.substring(2), 16)
                    : Long.parseUnsignedLong(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'%s' is no address (expected: 0x1000 or 4096)".formatted(text), e);
        }
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
