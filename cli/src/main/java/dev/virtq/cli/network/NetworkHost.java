package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A host on an Ethernet link, as small as it can be: it has one address, sends IPv4 packets, hands
 * out what comes in for it, and answers who asks by ARP for its address. It does so only while one
 * of its clients waits for something; there is no thread behind it.
 *
 * {@snippet :
 * var host = new NetworkHost(port, Ipv4Settings.QEMU_USER_NETWORK);
 * var ping = new PingClient(host);
 * PingSummary summary = ping.run(PingRequest.to(Ipv4Address.parse("10.0.2.2")), event -> {});
 * }
 *
 * <p>A host belongs to one thread at a time.
 */
public final class NetworkHost {
    /** The smallest MTU of an IPv4 link: RFC 791 section 3.2. */
    private static final int SMALLEST_MTU = 68;

    private static final int LARGEST_IPV4_PACKET = 0xffff;

    private final FramePort port;
    private final Ipv4Settings settings;
    private final NanoClock clock;
    private final RandomGenerator random;
    private final MacAddress mac;
    private final int mtu;
    private final MemorySegment transmitBuffer;
    private final ArpCache arpCache;
    private final DroppedPackets dropped = new DroppedPackets();
    private int nextIdentification;

    /**
     * Puts a host on a link.
     *
     * @param port its interface
     * @param settings its address, and the way out
     */
    public NetworkHost(FramePort port, Ipv4Settings settings) {
        this(port, settings, NanoClock.SYSTEM, RandomGenerator.getDefault());
    }

    NetworkHost(FramePort port, Ipv4Settings settings, NanoClock clock, RandomGenerator random) {
        this.port = port;
        this.settings = settings;
        this.clock = clock;
        this.random = random;
        this.mac = port.mac();
        int portMtu = port.mtu();
        if (portMtu < SMALLEST_MTU) {
            throw new NetworkException(
                    "the interface has an MTU of %d bytes (IPv4 needs at least %d)"
                            .formatted(portMtu, SMALLEST_MTU));
        }
        this.mtu = Math.min(portMtu, LARGEST_IPV4_PACKET);
        this.transmitBuffer = Arena.ofAuto().allocate(EthernetFrame.HEADER_LENGTH + mtu, 8);
        this.arpCache = new ArpCache(clock);
        this.nextIdentification = random.nextInt(0x10000);
    }

    /** {@return how this host is addressed} */
    public Ipv4Settings settings() {
        return settings;
    }

    /** {@return the Ethernet address of this host} */
    public MacAddress mac() {
        return mac;
    }

    /** {@return the size of the largest IPv4 packet that fits a frame, header included} */
    public int mtu() {
        return mtu;
    }

    /** {@return how many packets were dropped because they were malformed} */
    public long droppedPackets() {
        return dropped.count();
    }

    NanoClock clock() {
        return clock;
    }

    RandomGenerator random() {
        return random;
    }

    DroppedPackets dropped() {
        return dropped;
    }

    @Nullable MacAddress knownMac(Ipv4Address address) {
        return arpCache.lookup(address);
    }

    /**
     * Waits for the next packet that is for this host. ARP requests are answered on the way, and
     * broken packets dropped and counted.
     *
     * @param deadline when to give up, on this host's clock
     * @return the packet, readable until the next call; null at the deadline
     */
    @Nullable Inbound receive(long deadline) throws InterruptedException {
        // The deadline is looked at before every frame: a flood of frames for others cannot keep a
        // client waiting for ever.
        for (long left = deadline - clock.nanoTime();
                left > 0;
                left = deadline - clock.nanoTime()) {
            MemorySegment frame = port.receive(Duration.ofNanos(left));
            if (frame == null) {
                continue;
            }
            try {
                Inbound packet = accept(frame);
                if (packet != null) {
                    return packet;
                }
            } catch (MalformedPacketException e) {
                dropped.add(e);
            }
        }
        return null;
    }

    /** Sends a broadcast ARP request. */
    void sendArpRequest(Ipv4Address target) {
        sendArp(
                MacAddress.BROADCAST,
                new ArpPacket(
                        ArpPacket.REQUEST, mac, settings.address(), ArpPacket.UNKNOWN, target));
    }

    /**
     * Sends an echo request.
     *
     * @return the time just before the frame was handed to the port, on this host's clock
     */
    long sendEchoRequest(Ipv4Address target, int identifier, int sequence, MemorySegment payload)
            throws InterruptedException {
        MacAddress to = nextHop(target);
        MemorySegment message = ipv4Payload(IcmpMessage.HEADER_LENGTH + payload.byteSize());
        message.asSlice(IcmpMessage.HEADER_LENGTH).copyFrom(payload);
        IcmpMessage.writeEchoHeader(message, identifier, sequence);
        return sendIpv4(to, target, Ipv4Packet.PROTOCOL_ICMP, message.byteSize());
    }

    /** Sends a UDP datagram. */
    void sendUdp(int sourcePort, Ipv4Address target, int destinationPort, MemorySegment payload)
            throws InterruptedException {
        MacAddress to = nextHop(target);
        MemorySegment datagram = ipv4Payload(UdpDatagram.HEADER_LENGTH + payload.byteSize());
        datagram.asSlice(UdpDatagram.HEADER_LENGTH).copyFrom(payload);
        UdpDatagram.writeHeader(datagram, settings.address(), sourcePort, target, destinationPort);
        sendIpv4(to, target, Ipv4Packet.PROTOCOL_UDP, datagram.byteSize());
    }

    private @Nullable Inbound accept(MemorySegment bytes) {
        EthernetFrame frame = EthernetFrame.parse(bytes);
        if (!frame.destination().equals(mac) && !frame.destination().isGroup()) {
            return null;
        }
        return switch (frame.type()) {
            case EthernetFrame.TYPE_ARP -> acceptArp(ArpPacket.parse(frame.payload()));
            case EthernetFrame.TYPE_IPV4 -> acceptIpv4(Ipv4Packet.parse(frame.payload()));
            default -> null;
        };
    }

    private @Nullable Inbound acceptArp(ArpPacket packet) {
        if (!settings.isConfigured() || !packet.targetAddress().equals(settings.address())) {
            return null;
        }
        arpCache.learn(packet);
        if (packet.operation() == ArpPacket.REQUEST) {
            sendArp(
                    packet.senderMac(),
                    new ArpPacket(
                            ArpPacket.REPLY,
                            mac,
                            settings.address(),
                            packet.senderMac(),
                            packet.senderAddress()));
        }
        return packet;
    }

    private @Nullable Inbound acceptIpv4(Ipv4Packet packet) {
        // Before DHCP has given an address, what comes to our MAC is taken as ours.
        boolean ours =
                !settings.isConfigured()
                        || packet.destination().equals(settings.address())
                        || settings.isBroadcast(packet.destination());
        return ours ? packet : null;
    }

    private MacAddress nextHop(Ipv4Address target) throws InterruptedException {
        if (settings.isBroadcast(target)) {
            return MacAddress.BROADCAST;
        }
        Ipv4Address next = settings.nextHop(target);
        MacAddress known = arpCache.lookup(next);
        return known != null ? known : new ArpClient(this).ask(ArpRequest.to(next)).mac();
    }

    private MemorySegment ipv4Payload(long length) {
        if (length > mtu - Ipv4Packet.HEADER_LENGTH) {
            throw new NetworkException(
                    "an IPv4 payload of %d bytes does not fit the MTU of %d (at most %d bytes)"
                            .formatted(length, mtu, mtu - Ipv4Packet.HEADER_LENGTH));
        }
        return transmitBuffer.asSlice(
                EthernetFrame.HEADER_LENGTH + Ipv4Packet.HEADER_LENGTH, length);
    }

    private long sendIpv4(MacAddress to, Ipv4Address target, int protocol, long payloadLength) {
        MemorySegment frame =
                transmitBuffer.asSlice(
                        0, EthernetFrame.HEADER_LENGTH + Ipv4Packet.HEADER_LENGTH + payloadLength);
        EthernetFrame.writeHeader(frame, to, mac, EthernetFrame.TYPE_IPV4);
        Ipv4Packet.writeHeader(
                frame.asSlice(EthernetFrame.HEADER_LENGTH),
                nextIdentification++ & 0xffff,
                protocol,
                settings.address(),
                target);
        long sent = clock.nanoTime();
        port.send(frame);
        return sent;
    }

    private void sendArp(MacAddress to, ArpPacket packet) {
        MemorySegment frame =
                transmitBuffer.asSlice(0, EthernetFrame.HEADER_LENGTH + ArpPacket.LENGTH);
        EthernetFrame.writeHeader(frame, to, mac, EthernetFrame.TYPE_ARP);
        packet.write(frame.asSlice(EthernetFrame.HEADER_LENGTH));
        port.send(frame);
    }
}
