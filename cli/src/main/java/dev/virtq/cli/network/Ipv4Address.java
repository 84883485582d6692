package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;
import java.util.regex.Pattern;

/**
 * An IPv4 address.
 *
 * @param value the four bytes as one number, first byte most significant
 */
public record Ipv4Address(int value) {
    /** No address: 0.0.0.0. */
    public static final Ipv4Address ANY = new Ipv4Address(0);

    /** Everybody on this link: 255.255.255.255. */
    public static final Ipv4Address BROADCAST = new Ipv4Address(-1);

    private static final Pattern DOT = Pattern.compile("\\.");
    private static final Pattern OCTET = Pattern.compile("0|[1-9]\\d{0,2}");

    /**
     * Makes an address of four numbers.
     *
     * @param a the first number, 0 to 255
     * @param b the second number
     * @param c the third number
     * @param d the fourth number
     * @return {@code a.b.c.d}
     */
    public static Ipv4Address of(int a, int b, int c, int d) {
        if (((a | b | c | d) & ~0xff) != 0) {
            throw new IllegalArgumentException(
                    "%d.%d.%d.%d is no IPv4 address (each number: 0..255)".formatted(a, b, c, d));
        }
        return new Ipv4Address(a << 24 | b << 16 | c << 8 | d);
    }

    /**
     * Reads an address from its dotted form. Names are not looked up.
     *
     * @param text four decimal numbers with dots between them
     * @return the address
     * @throws IllegalArgumentException when the text has another form
     */
    public static Ipv4Address parse(String text) {
        String[] parts = DOT.split(text, -1);
        int value = 0;
        boolean valid = parts.length == 4;
        for (int i = 0; valid && i < 4; i++) {
            valid = OCTET.matcher(parts[i]).matches() && Integer.parseInt(parts[i]) <= 255;
            value = valid ? value << 8 | Integer.parseInt(parts[i]) : 0;
        }
        if (!valid) {
            throw new IllegalArgumentException(
                    "\"%s\" is no IPv4 address (expected: four numbers 0..255, as in 10.0.2.2)"
                            .formatted(text));
        }
        return new Ipv4Address(value);
    }

    /** {@return whether this is one host's own address, not zero, multicast, or broadcast} */
    public boolean isUnicast() {
        int first = value >>> 24;
        return first != 0 && first < 224;
    }

    static Ipv4Address read(MemorySegment segment, long offset) {
        return new Ipv4Address((int) NetworkOrder.u32(segment, offset));
    }

    void write(MemorySegment segment, long offset) {
        NetworkOrder.putU32(segment, offset, value);
    }

    /** {@return the dotted form: {@code 10.0.2.15}} */
    @Override
    public String toString() {
        return "%d.%d.%d.%d"
                .formatted(value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff);
    }
}
