package dev.virtq.cli.network;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a host is addressed on its network.
 *
 * @param address the host's own address; {@link Ipv4Address#ANY} when it has none yet
 * @param prefixLength the number of leading bits that all hosts of the link share, 0 to 32
 * @param gateway where packets for other networks go; null when there is no way out
 * @param nameServers the name servers, best first
 */
public record Ipv4Settings(
        Ipv4Address address,
        int prefixLength,
        @Nullable Ipv4Address gateway,
        List<Ipv4Address> nameServers) {

    /** What QEMU's user network gives its first guest when nobody asks for anything else. */
    public static final Ipv4Settings QEMU_USER_NETWORK =
            new Ipv4Settings(
                    Ipv4Address.of(10, 0, 2, 15),
                    24,
                    Ipv4Address.of(10, 0, 2, 2),
                    List.of(Ipv4Address.of(10, 0, 2, 3)));

    /** A host before DHCP: it can only broadcast. */
    public static final Ipv4Settings UNCONFIGURED =
            new Ipv4Settings(Ipv4Address.ANY, 0, null, List.of());

    /** Checks the prefix length and copies the list. */
    public Ipv4Settings {
        if (prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException(
                    "prefix length %d (expected: 0..32)".formatted(prefixLength));
        }
        nameServers = List.copyOf(nameServers);
    }

    boolean isConfigured() {
        return !address.equals(Ipv4Address.ANY);
    }

    boolean isOnLink(Ipv4Address other) {
        return ((other.value() ^ address.value()) & mask()) == 0;
    }

    boolean isBroadcast(Ipv4Address other) {
        return other.equals(Ipv4Address.BROADCAST)
                || (prefixLength > 0
                        && prefixLength < 31
                        && other.value() == (address.value() | ~mask()));
    }

    /** The station that a packet for {@code destination} is handed to next. */
    Ipv4Address nextHop(Ipv4Address destination) {
        if (isOnLink(destination)) {
            return destination;
        }
        if (gateway == null) {
            throw new NetworkException(
                    "no route to %s: it is outside %s/%d and no gateway is set"
                            .formatted(destination, address, prefixLength));
        }
        return gateway;
    }

    private int mask() {
        return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
    }
}
