package dev.virtq.cli.network;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends ICMP echo requests (RFC 792), one at a time, and compares every byte that comes back.
 *
 * <p>The payload differs from request to request, so that a reply made of the bytes of an earlier
 * one, as a device gives that mixes up its buffers, does not pass.
 */
public final class PingClient {
    private final NetworkHost host;
    private final int identifier;

    /**
     * Makes a client.
     *
     * @param host the host that asks
     */
    public PingClient(NetworkHost host) {
        this.host = host;
        this.identifier = host.random().nextInt(0x10000);
    }

    /**
     * Pings, and tells about each request as soon as its fate is known.
     *
     * @param request what to ping, and how
     * @param listener is called in this thread
     * @return the figures of the run
     * @throws NoAnswerException when the target, or the gateway to it, does not answer ARP
     * @throws NetworkException when the payload does not fit a frame, or there is no route
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public PingSummary run(PingRequest request, Consumer<PingEvent> listener)
            throws InterruptedException {
        int largest = host.mtu() - Ipv4Packet.HEADER_LENGTH - IcmpMessage.HEADER_LENGTH;
        if (request.size() > largest) {
            throw new NetworkException(
                    "a ping of %d bytes does not fit the MTU of %d (at most %d bytes)"
                            .formatted(request.size(), host.mtu(), largest));
        }
        MemorySegment payload = Arena.ofAuto().allocate(request.size());
        long[] roundTrips = new long[request.count()];
        int received = 0;
        int mismatched = 0;
        for (int sequence = 0; sequence < request.count(); sequence++) {
            fill(payload, sequence);
            long sent = host.sendEchoRequest(request.target(), identifier, sequence, payload);
            PingEvent event = await(request, sequence, payload, sent, listener);
            switch (event) {
                case PingEvent.Reply reply -> roundTrips[received++] = reply.roundTripNanos();
                case PingEvent.Mismatch _ -> mismatched++;
                default -> {}
            }
            listener.accept(event);
            if (sequence + 1 < request.count()) {
                idle(sent + request.interval().toNanos(), listener);
            }
        }
        return PingSummary.of(request.count(), mismatched, Arrays.copyOf(roundTrips, received));
    }

    private PingEvent await(
            PingRequest request,
            int sequence,
            MemorySegment payload,
            long sent,
            Consumer<PingEvent> listener)
            throws InterruptedException {
        long droppedBefore = host.droppedPackets();
        long deadline = sent + request.timeout().toNanos();
        for (Inbound packet = host.receive(deadline);
                packet != null;
                packet = host.receive(deadline)) {
            long now = host.clock().nanoTime();
            IcmpMessage message = icmp(packet);
            if (message == null || !(packet instanceof Ipv4Packet ip)) {
                continue;
            }
            if (message.quotedSequence(identifier) == sequence) {
                return new PingEvent.Undeliverable(sequence, ip.source(), message.reason());
            }
            if (!message.isEchoReplyTo(identifier) || !ip.source().equals(request.target())) {
                continue;
            }
            if (message.sequence() != sequence) {
                listener.accept(new PingEvent.Unexpected(message.sequence()));
                continue;
            }
            String difference = difference(payload, message.payload());
            return difference == null
                    ? new PingEvent.Reply(sequence, request.size(), ip.timeToLive(), now - sent)
                    : new PingEvent.Mismatch(sequence, difference);
        }
        return new PingEvent.Timeout(
                sequence, host.droppedPackets() == droppedBefore ? "" : host.dropped().clause());
    }

    /** Waits for the next turn, and goes on answering ARP meanwhile. */
    private void idle(long until, Consumer<PingEvent> listener) throws InterruptedException {
        for (Inbound packet = host.receive(until); packet != null; packet = host.receive(until)) {
            IcmpMessage message = icmp(packet);
            if (message != null && message.isEchoReplyTo(identifier)) {
                listener.accept(new PingEvent.Unexpected(message.sequence()));
            }
        }
    }

    private @Nullable IcmpMessage icmp(Inbound packet) {
        if (!(packet instanceof Ipv4Packet ip) || ip.protocol() != Ipv4Packet.PROTOCOL_ICMP) {
            return null;
        }
        try {
            return IcmpMessage.parse(ip.payload());
        } catch (MalformedPacketException e) {
            host.dropped().add(e);
            return null;
        }
    }

    private static void fill(MemorySegment payload, int sequence) {
        for (long i = 0; i < payload.byteSize(); i++) {
            payload.set(ValueLayout.JAVA_BYTE, i, pattern(sequence, i));
        }
    }

    /** Differs between neighbours, between sequence numbers, and across any power of two. */
    private static byte pattern(int sequence, long index) {
        return (byte) (index * 31 + index / 251 + sequence * 17L);
    }

    private static @Nullable String difference(MemorySegment sent, MemorySegment received) {
        if (sent.byteSize() != received.byteSize()) {
            return "%d bytes came back of %d sent".formatted(received.byteSize(), sent.byteSize());
        }
        long at = sent.mismatch(received);
        return at < 0
                ? null
                : "byte %d of %d came back as %02xh and was sent as %02xh"
                        .formatted(
                                at,
                                sent.byteSize(),
                                NetworkOrder.u8(received, at),
                                NetworkOrder.u8(sent, at));
    }
}
