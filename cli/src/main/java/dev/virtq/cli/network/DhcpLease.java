package dev.virtq.cli.network;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a DHCP server granted. Text in it comes from the server, with control characters escaped.
 *
 * @param address the address to use
 * @param prefixLength the number of leading bits that all hosts of the link share; 24 when the
 *     server did not say
 * @param server who granted it
 * @param router the way out; null when the server named none
 * @param nameServers the name servers, best first
 * @param leaseTime for how long; {@link #FOREVER} has no end
 * @param nextServer where to get the boot file from; null when the server named none
 * @param tftpServerName the same as a name (option 66); null when the server named none
 * @param bootFile the name of the boot file; null when the server named none
 */
public record DhcpLease(
        Ipv4Address address,
        int prefixLength,
        Ipv4Address server,
        @Nullable Ipv4Address router,
        List<Ipv4Address> nameServers,
        Duration leaseTime,
        @Nullable Ipv4Address nextServer,
        @Nullable String tftpServerName,
        @Nullable String bootFile) {

    /** The lease time that means no end: all ones, RFC 2131 section 3.3. */
    public static final Duration FOREVER = Duration.ofSeconds(0xffff_ffffL);

    /** Copies the list. */
    public DhcpLease {
        nameServers = List.copyOf(nameServers);
    }

    /** {@return the settings of a host that uses this lease} */
    public Ipv4Settings settings() {
        return new Ipv4Settings(address, prefixLength, router, nameServers);
    }
}
