package dev.virtq.cli.network;

import java.time.Duration;

/**
 * A question by ARP.
 *
 * @param address whose Ethernet address is asked for
 * @param attempts how often to ask before giving up; positive
 * @param timeout how long to wait each time; positive
 */
public record ArpRequest(Ipv4Address address, int attempts, Duration timeout) {
    /** Checks that there is something to wait for. */
    public ArpRequest {
        if (!address.isUnicast()) {
            throw new IllegalArgumentException(
                    "%s is not the address of one host, ARP cannot ask for it".formatted(address));
        }
        Waiting.check(attempts, timeout);
    }

    /**
     * The usual question: three times, one second each.
     *
     * @param address whose Ethernet address is asked for
     * @return the question
     */
    public static ArpRequest to(Ipv4Address address) {
        return new ArpRequest(address, 3, Duration.ofSeconds(1));
    }
}
