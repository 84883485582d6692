package dev.virtq.machine.sim.network;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The Ethernet side: answers ARP (RFC 826) for the hosts of this network, remembers where guests
 * are, and asks for those it does not know while their packets wait.
 */
final class Link {
    static final int HEADER = 14;
    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;

    /** QEMU's user network would send what is longer in fragments, or drop it just so. */
    private static final int MTU = 1500;

    private static final int ARP_LENGTH = 28;

    /** QEMU's user network pads its answers by ARP to this, and not its questions. */
    private static final int ARP_REPLY_FRAME_LENGTH = 64;

    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;

    /** Ethernet, IPv4, six and four bytes of address. */
    private static final long ARP_KIND = 0x0001_0800_0604L;

    private static final int MOST_GUESTS = 16;
    private static final int MOST_WAITING = 16;

    private record Waiting(int destination, ByteBuffer packet) {}

    private final Map<Integer, Long> guests = new LinkedHashMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /**
     * Takes an ARP packet.
     *
     * @param from the Ethernet address that the frame came from, which is the one to answer to
     */
    void arp(long from, ByteBuffer in, FrameSink replies) {
        if (in.remaining() < ARP_LENGTH || in.getLong(in.position()) >>> 16 != ARP_KIND) {
            return;
        }
        in.position(in.position() + 6);
        int operation = in.getShort();
        long senderMac = mac(in);
        int sender = in.getInt();
        mac(in);
        int target = in.getInt();
        if (operation == ARP_REQUEST && target != sender && !Addresses.isHost(target)) {
            return;
        }
        if (operation == ARP_REQUEST || operation == ARP_REPLY) {
            learn(sender, senderMac, replies);
        }
        if (operation == ARP_REQUEST && target != sender) {
            replies.frame(
                    arpFrame(
                            ARP_REPLY,
                            /* sender= */ target,
                            from,
                            senderMac,
                            /* target= */ sender));
        }
    }

    /** Notes where a guest is, and sends what waited for that. */
    private void learn(int address, long mac, FrameSink replies) {
        guests.remove(address);
        if (guests.size() >= MOST_GUESTS) {
            guests.remove(guests.keySet().iterator().next());
        }
        guests.put(address, mac);
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting next = each.next();
            if (next.destination == address) {
                each.remove();
                replies.frame(frame(mac, Addresses.GATEWAY, TYPE_IPV4, next.packet));
            }
        }
    }

    /** Sends a packet to a guest. One that does not fit a frame is dropped. */
    void send(int destination, ByteBuffer packet, FrameSink replies) {
        if (packet.remaining() > MTU) {
            return;
        }
        Long known =
                destination == Addresses.BROADCAST
                        ? (Long) Addresses.BROADCAST_MAC
                        : guests.get(destination);
        if (known != null) {
            replies.frame(frame(known, Addresses.GATEWAY, TYPE_IPV4, packet));
            return;
        }
        if (waiting.size() >= MOST_WAITING) {
            waiting.removeFirst();
        }
        waiting.addLast(new Waiting(destination, packet));
        replies.frame(
                arpFrame(ARP_REQUEST, Addresses.GATEWAY, Addresses.BROADCAST_MAC, 0, destination));
    }

    private static MemorySegment arpFrame(
            int operation, int sender, long to, long targetMac, int target) {
        int length = operation == ARP_REPLY ? ARP_REPLY_FRAME_LENGTH - HEADER : ARP_LENGTH;
        ByteBuffer arp = ByteBuffer.allocate(length);
        arp.putShort((short) (ARP_KIND >>> 32)).putInt((int) ARP_KIND);
        arp.putShort((short) operation);
        putMac(arp, Addresses.macOf(sender)).putInt(sender);
        putMac(arp, targetMac).putInt(target);
        return frame(to, sender, TYPE_ARP, arp.rewind());
    }

    private static MemorySegment frame(long to, int from, int type, ByteBuffer body) {
        ByteBuffer out = ByteBuffer.allocate(HEADER + body.remaining());
        putMac(putMac(out, to), Addresses.macOf(from)).putShort((short) type);
        out.put(body.duplicate());
        return MemorySegment.ofBuffer(out.flip());
    }

    static long mac(ByteBuffer in) {
        return (in.getShort() & 0xffffL) << 32 | Integer.toUnsignedLong(in.getInt());
    }

    private static ByteBuffer putMac(ByteBuffer out, long mac) {
        return out.putShort((short) (mac >>> 32)).putInt((int) mac);
    }
}
