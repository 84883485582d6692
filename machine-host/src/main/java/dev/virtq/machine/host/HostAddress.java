package dev.virtq.machine.host;

import dev.virtq.transport.pci.PciAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a function is, as Linux writes it: {@code 0000:00:03.0}.
 *
 * @param domain which of the computer's PCI domains; 0 on most computers, which have one
 * @param place where in the domain
 */
record HostAddress(int domain, PciAddress place) {
    /** How it is written. */
    static final String SYNTAX = "[DOMAIN:]BUS:DEVICE.FUNCTION";

    private static final Pattern WRITTEN =
            Pattern.compile(
                    "(?:(\\p{XDigit}{1,8}):)?(\\p{XDigit}{1,2}):(\\p{XDigit}{1,2})\\.([0-7])");

    /**
     * {@return what the words say}
     *
     * @param words as in {@code 0000:00:03.0}, or {@code 00:03.0} for domain 0
     * @throws IllegalArgumentException when they are no address
     */
    static HostAddress parse(String words) {
        Matcher matcher = WRITTEN.matcher(words);
        if (!matcher.matches() || hex(matcher.group(3)) > 0x1f) {
            throw new IllegalArgumentException(
                    "'%s' is no PCI address (expected: %s in hex, as in 0000:00:03.0 or 00:03.0)"
                            .formatted(words, SYNTAX));
        }
        String domain = matcher.group(1);
        return new HostAddress(
                domain == null ? 0 : hex(domain),
                new PciAddress(
                        hex(matcher.group(2)), hex(matcher.group(3)), hex(matcher.group(4))));
    }

    private static int hex(String digits) {
        return Integer.parseUnsignedInt(digits, 16);
    }

    /** {@return the name of its folder in sysfs} */
    @Override
    public String toString() {
        return "%04x:%s".formatted(domain, place);
    }
}
