package dev.virtq.machine.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A unix socket in this process behind which a test plays QEMU, for one client. */
final class ScriptedServer implements AutoCloseable {
    /** What the test does when the client has connected. */
    interface Script {
        void play(Conversation conversation) throws Exception;
    }

    private final Path folder;
    private final ServerSocketChannel listener;
    private final Thread thread;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile @Nullable SocketChannel peer;

    ScriptedServer(Script script) throws IOException {
        folder = Files.createTempDirectory("virtq-test");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path()));
        thread = Thread.ofPlatform().daemon().name("scripted-qemu").start(() -> run(script));
    }

    Path path() {
        return folder.resolve("socket");
    }

    private void run(Script script) {
        try (SocketChannel channel = listener.accept()) {
            peer = channel;
            script.play(new Conversation(channel));
        } catch (ClientGone gone) {
            // Tests close their client whenever they have seen enough.
        } catch (Exception | AssertionError unexpected) {
            failure.set(unexpected);
        }
    }

    /** Ends the script, and fails when it had failed. */
    @Override
    public void close() throws IOException {
        listener.close();
        join();
        SocketChannel channel = peer;
        if (channel != null) {
            channel.close();
        }
        join();
        Files.deleteIfExists(path());
        Files.delete(folder);
        Throwable unexpected = failure.get();
        if (unexpected != null) {
            throw new AssertionError("the script failed", unexpected);
        }
    }

    private void join() {
        try {
            thread.join(2_000);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
    }

    /** The client has closed its end. */
    static final class ClientGone extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** One client. */
    static final class Conversation {
        private final SocketChannel channel;
        private final ByteBuffer input = ByteBuffer.allocate(1 << 16).flip();

        Conversation(SocketChannel channel) {
            this.channel = channel;
        }

        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                while (input.hasRemaining()) {
                    char octet = (char) input.get();
                    if (octet == '\n') {
                        return line.toString();
                    }
                    line.append(octet);
                }
                input.clear();
                int count;
                try {
                    count = channel.read(input);
                } catch (IOException reset) {
                    throw new ClientGone();
                }
                input.flip();
                if (count < 0) {
                    throw new ClientGone();
                }
            }
        }

        /** Whether the client has sent something that was not taken yet, within the time. */
        boolean hasMore(long millis) throws Exception {
            if (input.hasRemaining()) {
                return true;
            }
            channel.configureBlocking(false);
            try {
                long end = System.nanoTime() + millis * 1_000_000;
                while (System.nanoTime() < end) {
                    input.clear();
                    int count = channel.read(input);
                    input.flip();
                    if (count > 0) {
                        return true;
                    }
                    Thread.sleep(1);
                }
                return false;
            } finally {
                channel.configureBlocking(true);
            }
        }

        void send(String text) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException broken) {
                throw new ClientGone();
            }
        }

        void expect(String expected, String answer) throws IOException {
            String line = line();
            if (!line.equals(expected)) {
                throw new AssertionError("expected '%s', got '%s'".formatted(expected, line));
            }
            send(answer);
        }

        /** Stays until the client goes. */
        void awaitClient() throws IOException {
            while (true) {
                line();
            }
        }
    }
}
