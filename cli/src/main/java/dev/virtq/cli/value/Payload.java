package dev.virtq.cli.value;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Bytes for the device to read, as typed: {@code hex:0a0b}, {@code text:hello}, or {@code zero:12}.
 */
public final class Payload {
    private static final String HEX = "hex:";
    private static final String TEXT = "text:";
    private static final String ZERO = "zero:";

    private static final int LARGEST = 16 << 20;

    private final byte[] bytes;

    private Payload(byte[] bytes) {
        this.bytes = bytes;
    }

    /** {@return the bytes, for reading; at least one} */
    public MemorySegment bytes() {
        return MemorySegment.ofArray(bytes).asReadOnly();
    }

    /**
     * {@return the bytes that a text stands for}
     *
     * @param text as typed
     * @throws IllegalArgumentException when it stands for none
     */
    public static Payload parse(String text) {
        byte[] bytes;
        if (text.startsWith(HEX)) {
            bytes = HexText.parse(text, HEX.length());
        } else if (text.startsWith(TEXT)) {
            bytes = text.substring(TEXT.length()).getBytes(StandardCharsets.UTF_8);
        } else if (text.startsWith(ZERO)) {
            bytes = new byte[zeros(text)];
        } else {
            throw new IllegalArgumentException(
                    "'%s' does not say what it is (expected: hex:0a0b, text:hello or zero:12)"
                            .formatted(text));
        }
        if (bytes.length == 0) {
            throw new IllegalArgumentException(
                    "'%s' has no bytes (expected: at least one)".formatted(text));
        }
        return new Payload(bytes);
    }

    private static int zeros(String text) {
        long count = ByteCount.parse(text.substring(ZERO.length()));
        if (count > LARGEST) {
            throw new IllegalArgumentException(
                    "'%s' has too many bytes (expected: at most %d)".formatted(text, LARGEST));
        }
        return (int) count;
    }

    /** For picocli. */
    public static final class Converter implements ITypeConverter<Payload> {
        /** Makes one; picocli does. */
        public Converter() {}

        @Override
        public Payload convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
