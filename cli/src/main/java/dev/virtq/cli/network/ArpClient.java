package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import org.jspecify.annotations.Nullable;

/** Asks by ARP (RFC 826) where an address of this link is. The answer goes to the host's cache. */
public final class ArpClient {
    private final NetworkHost host;

    /**
     * Makes a client.
     *
     * @param host the host that asks
     */
    public ArpClient(NetworkHost host) {
        this.host = host;
    }

    /**
     * Asks, whether the answer is known already or not.
     *
     * @param request the question
     * @return the first answer
     * @throws NoAnswerException when nobody answers
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public ArpAnswer ask(ArpRequest request) throws InterruptedException {
        for (int attempt = 0; attempt < request.attempts(); attempt++) {
            long sent = host.clock().nanoTime();
            host.sendArpRequest(request.address());
            MacAddress mac = await(request.address(), sent + request.timeout().toNanos());
            if (mac != null) {
                return new ArpAnswer(request.address(), mac, host.clock().nanoTime() - sent);
            }
        }
        throw new NoAnswerException(
                "nobody answered ARP for %s (asked %d times, waited %s each)%s"
                        .formatted(
                                request.address(),
                                request.attempts(),
                                Waiting.text(request.timeout()),
                                host.dropped().clause()));
    }

    private @Nullable MacAddress await(Ipv4Address address, long deadline)
            throws InterruptedException {
        for (Inbound packet = host.receive(deadline);
                packet != null;
                packet = host.receive(deadline)) {
            // The cache has checked that the answer names a single station.
            if (packet instanceof ArpPacket arp
                    && arp.operation() == ArpPacket.REPLY
                    && arp.senderAddress().equals(address)
                    && arp.senderMac().equals(host.knownMac(address))) {
                return arp.senderMac();
            }
        }
        return null;
    }
}
