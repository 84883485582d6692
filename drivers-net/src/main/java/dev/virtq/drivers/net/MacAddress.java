package dev.virtq.drivers.net;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * An Ethernet address of 48 bits.
 *
 * @param bits the address as a number: the first byte on the wire is the highest of the lower six
 */
public record MacAddress(long bits) {
    /** How many bytes an address has. */
    public static final int LENGTH = 6;

    /** The group of all interfaces. */
    public static final MacAddress BROADCAST = new MacAddress((1L << 48) - 1);

    private static final long GROUP = 1L << 40;
    private static final long LOCAL = 1L << 41;
    private static final long ALL = (1L << 48) - 1;

    /** Refuses what has more than 48 bits. */
    public MacAddress {
        if ((bits & ~ALL) != 0) {
            throw new IllegalArgumentException(
                    "MAC address 0x%x (expected: at most 48 bits)".formatted(bits));
        }
    }

    /**
     * {@return the address that is written so}
     *
     * @param text six hexadecimal bytes with colons, as in {@code 52:54:00:12:34:56}
     */
    public static MacAddress parse(String text) {
        if (!text.matches("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")) {
            throw new IllegalArgumentException(
                    "MAC address '%s' (expected: as in 52:54:00:12:34:56)".formatted(text));
        }
        return new MacAddress(HexFormat.fromHexDigitsToLong(text.replace(":", "")));
    }

    /**
     * Makes an address up, for a device that has none: one that is locally administered (IEEE 802,
     * 9.2), so that it cannot be anybody's burnt-in one.
     *
     * @param random where the other 46 bits come from
     * @return the address
     */
    public static MacAddress locallyAdministered(RandomGenerator random) {
        return new MacAddress(((random.nextLong() & ALL) | LOCAL) & ~GROUP);
    }

    static MacAddress locallyAdministered() {
        return locallyAdministered(RandomGenerator.getDefault());
    }

    /**
     * {@return a byte of the address}
     *
     * @param index 0 for the first on the wire, to 5
     */
    public byte byteAt(int index) {
        if (index < 0 || index >= LENGTH) {
            throw new IndexOutOfBoundsException("byte " + index + " (expected: 0..5)");
        }
        return (byte) (bits >>> (8 * (LENGTH - 1 - index)));
    }

    /** {@return whether it names a group of interfaces, or all} */
    public boolean isGroup() {
        return (bits & GROUP) != 0;
    }

    /** {@return whether it was not given by a manufacturer} */
    public boolean isLocallyAdministered() {
        return (bits & LOCAL) != 0;
    }

    /** {@return whether an interface can have it: it is no group's, and not all zero} */
    public boolean isUnicast() {
        return bits != 0 && !isGroup();
    }

    /** {@return the address as in {@code 52:54:00:12:34:56}} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(17);
        for (int i = 0; i < LENGTH; i++) {
            text.append(i == 0 ? "" : ":").append(HexFormat.of().toHexDigits(byteAt(i)));
        }
        return text.toString();
    }
}
