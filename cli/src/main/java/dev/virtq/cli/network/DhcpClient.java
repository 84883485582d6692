package dev.virtq.cli.network;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gets an address by DHCP (RFC 2131): DISCOVER, OFFER, REQUEST, ACK. The first good offer is taken.
 * The lease is not renewed, and not given back: what uses this is over long before its end.
 */
public final class DhcpClient {
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(8);

    private static final byte[] WANTED = {
        DhcpOptions.SUBNET_MASK,
        DhcpOptions.ROUTER,
        DhcpOptions.NAME_SERVER,
        DhcpOptions.TFTP_SERVER_NAME,
        DhcpOptions.BOOT_FILE
    };

    private final NetworkHost host;
    private final MemorySegment buffer = Arena.ofAuto().allocate(DhcpMessage.LENGTH, 8);

    /**
     * Makes a client on a port, for a host that has no address yet.
     *
     * @param port the interface to get an address for
     */
    public DhcpClient(FramePort port) {
        this(new NetworkHost(port, Ipv4Settings.UNCONFIGURED));
    }

    DhcpClient(NetworkHost host) {
        this.host = host;
    }

    /**
     * Gets a lease. Unanswered questions are repeated after 1, 2, 4 and then every 8 seconds.
     *
     * @param timeout how long to try in all; positive
     * @return the lease
     * @throws NoAnswerException when no server answers
     * @throws NetworkException when a server offers and then refuses
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public DhcpLease obtain(Duration timeout) throws InterruptedException {
        Waiting.check(timeout);
        long begin = host.clock().nanoTime();
        Exchange exchange =
                new Exchange(host.random().nextInt(), begin, begin + timeout.toNanos(), timeout);

        DhcpMessage offer =
                exchange.ask(options(DhcpMessage.DISCOVER), DhcpClient::isUsableOffer, "DISCOVER");
        Ipv4Address server =
                Objects.requireNonNull(offer.options().address(DhcpOptions.SERVER_IDENTIFIER));
        DhcpOptions accept =
                options(DhcpMessage.REQUEST)
                        .add(DhcpOptions.REQUESTED_ADDRESS, offer.yourAddress())
                        .add(DhcpOptions.SERVER_IDENTIFIER, server);
        DhcpMessage verdict =
                exchange.ask(accept, message -> isVerdictOf(server, message), "REQUEST");
        if (verdict.type() == DhcpMessage.NAK) {
            String reason = verdict.options().text(DhcpOptions.MESSAGE);
            throw new NetworkException(
                    "DHCP server %s refused %s, which it had offered%s"
                            .formatted(
                                    server,
                                    offer.yourAddress(),
                                    reason == null ? "" : ": " + reason));
        }
        return lease(server, verdict);
    }

    private static DhcpOptions options(int type) {
        return new DhcpOptions()
                .add(DhcpOptions.MESSAGE_TYPE, (byte) type)
                .add(DhcpOptions.PARAMETER_REQUEST_LIST, WANTED);
    }

    private static boolean isUsableOffer(DhcpMessage message) {
        return message.type() == DhcpMessage.OFFER
                && message.yourAddress().isUnicast()
                && message.options().address(DhcpOptions.SERVER_IDENTIFIER) != null;
    }

    private static boolean isVerdictOf(Ipv4Address server, DhcpMessage message) {
        if (message.type() == DhcpMessage.NAK) {
            // QEMU's server leaves the identifier out of its NAK.
            Ipv4Address from = message.options().address(DhcpOptions.SERVER_IDENTIFIER);
            return from == null || from.equals(server);
        }
        return message.type() == DhcpMessage.ACK
                && server.equals(message.options().address(DhcpOptions.SERVER_IDENTIFIER));
    }

    private static DhcpLease lease(Ipv4Address server, DhcpMessage ack) {
        DhcpOptions options = ack.options();
        if (!ack.yourAddress().isUnicast()) {
            throw new NetworkException(
                    "DHCP server %s granted %s, which is not the address of one host"
                            .formatted(server, ack.yourAddress()));
        }
        Long seconds = options.u32(DhcpOptions.LEASE_TIME);
        if (seconds == null) {
            throw new NetworkException(
                    "DHCP server %s granted %s without a lease time (option 51)"
                            .formatted(server, ack.yourAddress()));
        }
        List<Ipv4Address> routers = options.addresses(DhcpOptions.ROUTER);
        boolean hasNextServer = ack.nextServer().isUnicast();
        String bootFile = options.text(DhcpOptions.BOOT_FILE);
        return new DhcpLease(
                ack.yourAddress(),
                prefixLength(server, options.address(DhcpOptions.SUBNET_MASK)),
                server,
                routers.isEmpty() ? null : routers.getFirst(),
                options.addresses(DhcpOptions.NAME_SERVER),
                Duration.ofSeconds(seconds),
                hasNextServer ? ack.nextServer() : null,
                options.text(DhcpOptions.TFTP_SERVER_NAME),
                bootFile != null ? bootFile : ack.bootFile());
    }

    private static int prefixLength(Ipv4Address server, @Nullable Ipv4Address mask) {
        if (mask == null) {
            return 24;
        }
        int ones = Integer.bitCount(mask.value());
        if (Integer.numberOfLeadingZeros(~mask.value()) != ones) {
            throw new NetworkException(
                    "DHCP server %s sent the subnet mask %s (expected: ones, then zeros)"
                            .formatted(server, mask));
        }
        return ones;
    }

    /** One transaction: everything in it carries the same id and shares one deadline. */
    private final class Exchange {
        private final int transactionId;
        private final long begin;
        private final long end;
        private final Duration timeout;

        Exchange(int transactionId, long begin, long end, Duration timeout) {
            this.transactionId = transactionId;
            this.begin = begin;
            this.end = end;
            this.timeout = timeout;
        }

        DhcpMessage ask(DhcpOptions question, Predicate<DhcpMessage> isAnswer, String name)
                throws InterruptedException {
            long wait = FIRST_WAIT.toNanos();
            for (long now = host.clock().nanoTime(); end - now > 0; now = host.clock().nanoTime()) {
                int seconds = (int) Math.min(0xffff, (now - begin) / 1_000_000_000);
                DhcpMessage.toServer(transactionId, seconds, host.mac(), question).write(buffer);
                host.sendUdp(
                        DhcpMessage.CLIENT_PORT,
                        Ipv4Address.BROADCAST,
                        DhcpMessage.SERVER_PORT,
                        buffer);
                DhcpMessage answer = await(now + Math.min(wait, end - now), isAnswer);
                if (answer != null) {
                    return answer;
                }
                wait = Math.min(2 * wait, LONGEST_WAIT.toNanos());
            }
            throw new NoAnswerException(
                    "no DHCP server answered %s within %s%s"
                            .formatted(name, Waiting.text(timeout), host.dropped().clause()));
        }

        private @Nullable DhcpMessage await(long deadline, Predicate<DhcpMessage> isAnswer)
                throws InterruptedException {
            for (Inbound packet = host.receive(deadline);
                    packet != null;
                    packet = host.receive(deadline)) {
                if (!(packet instanceof Ipv4Packet ip)
                        || ip.protocol() != Ipv4Packet.PROTOCOL_UDP) {
                    continue;
                }
                try {
                    UdpDatagram datagram = UdpDatagram.parse(ip);
                    if (datagram.destinationPort() != DhcpMessage.CLIENT_PORT
                            || datagram.sourcePort() != DhcpMessage.SERVER_PORT) {
                        continue;
                    }
                    DhcpMessage message = DhcpMessage.parse(datagram.payload());
                    if (message.operation() == DhcpMessage.BOOT_REPLY
                            && message.transactionId() == transactionId
                            && message.clientMac().equals(host.mac())
                            && isAnswer.test(message)) {
                        return message;
                    }
                } catch (MalformedPacketException e) {
                    host.dropped().add(e);
                }
            }
            return null;
        }
    }
}
