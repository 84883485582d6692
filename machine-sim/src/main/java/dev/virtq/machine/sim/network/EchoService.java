package dev.virtq.machine.sim.network;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Answers ICMP echo requests (RFC 792) with the bytes they carry. */
final class EchoService {
    private static final int HEADER = 8;
    private static final int ECHO = 8;
    private static final int ECHO_REPLY = 0;
    private static final int TIME_TO_LIVE = 255;

    @Nullable Ipv4Datagram answer(Ipv4Datagram request) {
        ByteBuffer in = request.body();
        boolean toEchoingHost =
                request.destination() == Addresses.GATEWAY
                        || request.destination() == Addresses.NAME_SERVER;
        if (!toEchoingHost
                || in.remaining() < HEADER
                || in.get(in.position()) != ECHO
                || new OnesComplementSum().bytes(in).complement() != 0) {
            return null;
        }
        ByteBuffer out = ByteBuffer.allocate(in.remaining());
        out.put(in.duplicate()).flip();
        out.put(0, (byte) ECHO_REPLY).putShort(2, (short) 0);
        out.putShort(2, (short) new OnesComplementSum().bytes(out).complement());
        return new Ipv4Datagram(
                /* source= */ request.destination(),
                /* destination= */ request.source(),
                Ipv4Datagram.ICMP,
                new Ipv4Datagram.Handling(
                        request.handling().typeOfService(),
                        request.handling().dontFragment(),
                        TIME_TO_LIVE),
                out);
    }
}
