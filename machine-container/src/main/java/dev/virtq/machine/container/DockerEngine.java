package dev.virtq.machine.container;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The Docker engine of this computer, looked for where Testcontainers does, and asked whether it
 * answers. This is done before Testcontainers is asked, since its own search takes longer, logs a
 * page, and is not repeated once it failed.
 *
 * @param configured where the environment or the user's configuration says that it is; null when
 *     they say nothing
 * @param usual the sockets to try when they say nothing
 */
record DockerEngine(@Nullable String configured, List<Path> usual) {
    private static final Duration PATIENCE = Duration.ofMillis(900);
    private static final String HOW_TO_GET_ONE =
            "install Docker and start it (Debian: apt-get install docker.io)";

    static DockerEngine ofThisComputer() {
        String home = System.getProperty("user.home");
        List<Path> usual = new ArrayList<>();
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (runtime != null && !runtime.isBlank()) {
            usual.add(Path.of(runtime, "docker.sock"));
        }
        usual.add(Path.of(home, ".docker", "run", "docker.sock"));
        usual.add(Path.of("/var/run/docker.sock"));
        usual.add(Path.of(home, ".docker", "desktop", "docker.sock"));
        return new DockerEngine(configured(Path.of(home)), usual);
    }

    private static @Nullable String configured(Path home) {
        String host = System.getenv("DOCKER_HOST");
        if (host != null && !host.isBlank()) {
            return host;
        }
        Path file = home.resolve(".testcontainers.properties");
        if (!Files.isReadable(file)) {
            return null;
        }
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            System.getLogger(DockerEngine.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot read " + file, unreadable);
        }
        return properties.getProperty("docker.host");
    }

    /**
     * {@return in one line what is missing for containers that share memory with this JVM, and how
     * to get it; empty when nothing is} Takes a second at most.
     */
    Optional<String> whatIsMissing() {
        String system = System.getProperty("os.name");
        if (!system.toLowerCase(Locale.ROOT).contains("linux")) {
            return Optional.of(
                    "a container shares memory with this JVM on Linux only, and this is " + system);
        }
        if (configured != null) {
            if (!configured.startsWith("unix://")) {
                return Optional.of(
                        ("the Docker engine at %s may be another computer, and QEMU shares memory with"
                                        + " this JVM: unset DOCKER_HOST, or set it to"
                                        + " unix:///var/run/docker.sock")
                                .formatted(configured));
            }
            return ask(Path.of(configured.substring("unix://".length())));
        }
        List<Path> present = usual.stream().filter(Files::exists).toList();
        if (present.isEmpty()) {
            return Optional.of("no Docker engine (none of %s exists): %s".formatted(usual, HOW_TO_GET_ONE));
        }
        Optional<String> first = Optional.empty();
        for (Path socket : present) {
            Optional<String> missing = ask(socket);
            if (missing.isEmpty()) {
                return missing;
            }
            first = first.or(() -> missing);
        }
        return first;
    }

    private static Optional<String> ask(Path socket) {
        if (!Files.exists(socket)) {
            return Optional.of(
                    "no Docker engine (there is no %s): %s".formatted(socket, HOW_TO_GET_ONE));
        }
        if (!Files.isWritable(socket)) {
            String user = System.getProperty("user.name");
            return Optional.of(
                    ("user %s may not use the Docker engine at %s: add the user to its group (usermod"
                                    + " -aG docker %s) and log in again")
                            .formatted(user, socket, user));
        }
        try {
            String answer = ping(socket);
            return answer.matches("HTTP/1\\.[01] 200\\b.*")
                    ? Optional.empty()
                    : Optional.of(
                            "what answers at %s is no Docker engine that is well: '%s'"
                                    .formatted(socket, answer));
        } catch (IOException failure) {
            return Optional.of(
                    "%s is there, but no Docker engine answers (%s): start it (systemctl start docker)"
                            .formatted(socket, failure.getMessage()));
        }
    }

    /** The first line of the answer. */
    private static String ping(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    answer.complete(exchange(channel, socket));
                                } catch (IOException failure) {
                                    answer.completeExceptionally(failure);
                                }
                            });
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            throw new IOException("no answer within %d ms".formatted(PATIENCE.toMillis()), silent);
        } catch (ExecutionException failure) {
            throw new IOException(EngineFailure.oneLine(failure), failure);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IOException("the wait was interrupted", interrupt);
        }
    }

    private static String exchange(SocketChannel channel, Path socket) throws IOException {
        channel.connect(UnixDomainSocketAddress.of(socket));
        channel.write(
                ByteBuffer.wrap(
                        "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer answer = ByteBuffer.allocate(256);
        while (answer.hasRemaining() && channel.read(answer) >= 0) {
            String text = StandardCharsets.US_ASCII.decode(answer.duplicate().flip()).toString();
            int end = text.indexOf('\r');
            if (end >= 0) {
                return text.substring(0, end);
            }
        }
        return StandardCharsets.US_ASCII.decode(answer.flip()).toString().strip();
    }
}
