package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * An Ethernet address of 48 bits.
 *
 * @param value the six bytes as one number, first byte most significant
 */
public record MacAddress(long value) {
    /** The address of everybody. */
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    /** All zeros: an address that is not known. */
    public static final MacAddress ZERO = new MacAddress(0);

    private static final Pattern TEXT = Pattern.compile("(?:\\p{XDigit}{2}[:-]){5}\\p{XDigit}{2}");

    /** Checks the range. */
    public MacAddress {
        if (value >>> 48 != 0) {
            throw new IllegalArgumentException(
                    "MAC address %x has more than 48 bits".formatted(value));
        }
    }

    /**
     * Reads an address from its usual form.
     *
     * @param text six pairs of hexadecimal digits with {@code :} or {@code -} between them
     * @return the address
     * @throws IllegalArgumentException when the text has another form
     */
    public static MacAddress parse(String text) {
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "\"%s\" is no MAC address (expected: 52:54:00:12:34:56)".formatted(text));
        }
        return new MacAddress(HexFormat.fromHexDigitsToLong(text.replaceAll("[:-]", "")));
    }

    /** {@return whether frames to this address are for more than one station} */
    public boolean isMulticast() {
        return (value >>> 40 & 1) != 0;
    }

    static MacAddress read(MemorySegment segment, long offset) {
        return new MacAddress(
                (long) NetworkOrder.u16(segment, offset) << 32
                        | NetworkOrder.u32(segment, offset + 2));
    }

    void write(MemorySegment segment, long offset) {
        NetworkOrder.putU16(segment, offset, (int) (value >>> 32));
        NetworkOrder.putU32(segment, offset + 2, value);
    }

    /** {@return the usual form: {@code 52:54:00:12:34:56}} */
    @Override
    public String toString() {
        return "%02x:%02x:%02x:%02x:%02x:%02x"
                .formatted(
                        value >>> 40 & 0xff,
                        value >>> 32 & 0xff,
                        value >>> 24 & 0xff,
                        value >>> 16 & 0xff,
                        value >>> 8 & 0xff,
                        value & 0xff);
    }
}
