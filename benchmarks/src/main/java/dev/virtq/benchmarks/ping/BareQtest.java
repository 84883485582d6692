package dev.virtq.benchmarks.ping;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The least that speaks qtest: a line there, a line back. What virtq is compared with. */
final class BareQtest implements AutoCloseable {
    private final SocketChannel socket;
    private final ByteBuffer in = ByteBuffer.allocate(4096);

    BareQtest(Path path) throws IOException {
        socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        socket.connect(UnixDomainSocketAddress.of(path));
        in.limit(0);
    }

    /** Sends a command and waits for its answer. */
    String ask(String format, Object... arguments) throws IOException {
        String command = format.formatted(arguments);
        send(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
        String answer = answer();
        if (!answer.startsWith("OK")) {
            throw new IOException(command + ": " + answer);
        }
        return answer.substring(2).strip();
    }

    /** Sends a prepared line, without waiting. */
    void send(ByteBuffer line) throws IOException {
        while (line.hasRemaining()) {
            socket.write(line);
        }
    }

    /** Waits for one answer. */
    String answer() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            while (in.hasRemaining()) {
                char c = (char) in.get();
                if (c == '\n') {
                    if (!line.toString().startsWith("IRQ")) {
                        return line.toString();
                    }
                    line.setLength(0);
                } else {
                    line.append(c);
                }
            }
            in.clear();
            if (socket.read(in) < 0) {
                throw new IOException("QEMU closed the qtest socket");
            }
            in.flip();
        }
    }

    long read32(long address) throws IOException {
        return Long.decode(ask("readl 0x%x", address)) & 0xffff_ffffL;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
