package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What tests of the TFTP client share: a server that a test scripts, and what it heard. */
abstract class TftpConversation {
    static final int TRANSFER = 3000;

    /** What the client sent, in hexadecimal, with the port it sent it to. */
    final List<String> heard = new ArrayList<>();

    final ByteArrayOutputStream file = new ByteArrayOutputStream();

    /** What a server does with a packet, which comes in hexadecimal. */
    interface Server {
        void hear(String packet, Answers answers);
    }

    /** Where a server's packets go. */
    interface Answers {
        void from(int port, String packet);

        default void answer(String packet) {
            from(TRANSFER, packet);
        }
    }

    void refused(Server server, String message) {
        assertThatThrownBy(() -> read(server))
                .isInstanceOf(NetworkException.class)
                .hasMessage(message);
    }

    TftpReceipt read(Server server) throws Exception {
        return client(server).read(request(), Channels.newChannel(file), TftpProgress.SILENT);
    }

    static TftpRequest request() {
        return TftpRequest.of(Peer.ADDRESS, "/file")
                .withPatience(3, Duration.ofSeconds(1))
                .withMaximumBytes(1024);
    }

    TftpClient client(Server server) {
        ScriptedPort port =
                Peer.port((packet, p) -> {
                    UdpDatagram datagram = UdpDatagram.parse(packet);
                    String text = Hex.text(datagram.payload());
                    heard.add(datagram.destinationPort() + " " + text);
                    server.hear(
                            text,
                            (from, answer) ->
                                    p.deliver(
                                            Peer.udp(
                                                    from,
                                                    datagram.sourcePort(),
                                                    Hex.bytes(answer))));
                });
        return new TftpClient(Peer.host(port));
    }

    /** The bytes of a text in which a bar stands for a null. */
    static String ascii(String text) {
        byte[] bytes = text.replace('|', '\0').getBytes(StandardCharsets.US_ASCII);
        return Hex.text(MemorySegment.ofArray(bytes));
    }
}
