package dev.virtq.machine.sim.network;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The network behind a simulated network device: what a guest sees of QEMU's user network ({@code
 * -netdev user}), without the way out to the world.
 *
 * <ul>
 *   <li>10.0.2.2, the gateway, answers ARP, ICMP echo, DHCP, and TFTP;
 *   <li>10.0.2.3, the name server, answers ARP and ICMP echo, but no questions for names.
 * </ul>
 *
 * <p>QEMU's 10.0.2.4 answers only where it is told to serve files by SMB, and so is not here.
 * Everything else is ignored, without a sign, and so is everything that is broken: wrong lengths or
 * checksums, fragments, other protocols. There is no thread, no timer and no chance in it: the same
 * frames give the same answers.
 *
 * <p>It shares no code with the near side of the network, so that the same mistake would have to be
 * made twice to go unnoticed. It belongs to one thread at a time.
 */
public final class UserNetwork {
    private final Link link = new Link();
    private final EchoService echo = new EchoService();
    private final DhcpService dhcp;
    private final TftpService tftp;
    private int identification;

    /**
     * Makes a network that nobody has used yet.
     *
     * @param settings what it serves
     */
    public UserNetwork(UserNetworkSettings settings) {
        this.dhcp = new DhcpService(settings.bootFile());
        this.tftp = new TftpService(settings.tftpDirectory());
    }

    /**
     * Takes a frame that a guest sent, and answers before it returns.
     *
     * @param frame an Ethernet frame from the destination address on, without virtio header; only
     *     read, and not kept
     * @param replies takes the answers, if there are any
     */
    public void accept(MemorySegment frame, FrameSink replies) {
        if (frame.byteSize() < Link.HEADER || frame.byteSize() > Integer.MAX_VALUE) {
            return;
        }
        ByteBuffer in = copy(frame);
        long from = Link.mac(in.position(6));
        int type = in.getShort() & 0xffff;
        if (type == Link.TYPE_ARP) {
            link.arp(from, in, replies);
        } else if (type == Link.TYPE_IPV4) {
            Ipv4Datagram request = Ipv4Datagram.read(in);
            Ipv4Datagram answer = request == null ? null : answer(request);
            if (answer != null) {
                link.send(answer.destination(), answer.bytes(identification++), replies);
            }
        }
    }

    private @Nullable Ipv4Datagram answer(Ipv4Datagram request) {
        return switch (request.protocol()) {
            case Ipv4Datagram.ICMP -> echo.answer(request);
            case Ipv4Datagram.UDP -> answerUdp(UdpMessage.read(request));
            default -> null;
        };
    }

    private @Nullable Ipv4Datagram answerUdp(@Nullable UdpMessage message) {
        if (message == null) {
            return null;
        }
        UdpMessage answer =
                switch (message.destinationPort()) {
                    case DhcpService.SERVER_PORT -> dhcp.answer(message);
                    case TftpService.PORT -> tftp.answer(message);
                    default -> null;
                };
        return answer == null ? null : answer.datagram();
    }

    /** The guest can still write to its frame; a copy is checked once and stays as it was. */
    private static ByteBuffer copy(MemorySegment frame) {
        ByteBuffer copy = ByteBuffer.allocate((int) frame.byteSize()).order(ByteOrder.BIG_ENDIAN);
        return copy.put(frame.asByteBuffer()).flip();
    }
}
