package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * QEMU's own user network, reached without any guest or device: a machine of kind {@code none} with
 * the user network and a unix socket on one hub.
 */
final class SlirpPort implements FramePort, AutoCloseable {
    static final String QEMU = "qemu-system-x86_64";

    private final Process process;
    private final Path socket;
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 20).flip();

    SlirpPort(Path folder, String userOptions) throws IOException, InterruptedException {
        socket = folder.resolve("net.sock");
        Path log = folder.resolve("qemu.log");
        process =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                // Standard input ends with this JVM, however it ends.
                                "\"$@\" & read _; kill -9 $!",
                                "sh",
                                QEMU,
                                "-nodefaults",
                                "-display",
                                "none",
                                "-M",
                                "none",
                                "-netdev",
                                "user,id=user" + userOptions,
                                "-netdev",
                                "hubport,id=h0,hubid=0,netdev=user",
                                "-netdev",
                                "stream,id=wire,server=on,addr.type=unix,addr.path=" + socket,
                                "-netdev",
                                "hubport,id=h1,hubid=0,netdev=wire")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        channel = connect(log);
        channel.configureBlocking(false);
        selector = Selector.open();
        channel.register(selector, SelectionKey.OP_READ);
    }

    static boolean isInstalled() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, QEMU))) {
                return true;
            }
        }
        return false;
    }

    private SocketChannel connect(Path log) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (true) {
            SocketChannel attempt = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                attempt.connect(UnixDomainSocketAddress.of(socket));
                return attempt;
            } catch (IOException e) {
                attempt.close();
                if (System.nanoTime() > deadline) {
                    stop();
                    throw new IOException("QEMU did not listen: " + Files.readString(log), e);
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private void stop() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }

    @Override
    public MacAddress mac() {
        return ScriptedPort.MAC;
    }

    @Override
    public int mtu() {
        return 1500;
    }

    @Override
    public void send(MemorySegment frame) {
        int length = (int) frame.byteSize();
        ByteBuffer out = ByteBuffer.allocate(4 + length).putInt(length);
        out.put(frame.asByteBuffer()).flip();
        try {
            while (out.hasRemaining()) {
                channel.write(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public @Nullable MemorySegment receive(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (true) {
                if (in.remaining() >= 4 && in.remaining() >= 4 + in.getInt(in.position())) {
                    byte[] frame = new byte[in.getInt()];
                    in.get(frame);
                    return MemorySegment.ofArray(frame);
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return null;
                }
                selector.select(Math.max(1, left / 1_000_000));
                selector.selectedKeys().clear();
                in.compact();
                int count = channel.read(in);
                in.flip();
                if (count < 0) {
                    throw new IOException("QEMU closed the socket");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
        stop();
        Files.deleteIfExists(socket);
    }
}
