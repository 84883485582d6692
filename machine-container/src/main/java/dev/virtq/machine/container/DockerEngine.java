package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
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
    static final String HOW_TO_GET_ONE =
            "install Docker and start it (Debian: apt-get install docker.io)";

    private static final Path DEFAULT_SOCKET = Path.of("/var/run/docker.sock");

    /** A look for what is missing takes a second at most. */
    private static final Duration PATIENCE = Duration.ofMillis(900);

    private static final String UNIX = "unix://";

    static DockerEngine ofThisComputer() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static DockerEngine of(Map<String, String> environment, Path home) {
        List<Path> usual = new ArrayList<>();
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isBlank()) {
            usual.add(Path.of(runtime, "docker.sock"));
        }
        usual.add(home.resolve(".docker/run/docker.sock"));
        usual.add(DEFAULT_SOCKET);
        usual.add(home.resolve(".docker/desktop/docker.sock"));
        String host = environment.getOrDefault("DOCKER_HOST", "");
        return new DockerEngine(host.isBlank() ? ofTestcontainers(home) : host, usual);
    }

    private static @Nullable String ofTestcontainers(Path home) {
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
        try {
            find();
            return Optional.empty();
        } catch (QemuException missing) {
            return Optional.ofNullable(missing.getMessage());
        }
    }

    /**
     * The engine that Testcontainers will use.
     *
     * @throws QemuException when there is none that serves us; says what is missing
     */
    EngineSocket find() {
        String system = System.getProperty("os.name");
        if (!system.toLowerCase(Locale.ROOT).contains("linux")) {
            throw new QemuException(
                    "a container shares memory with this JVM on Linux only, and this is " + system);
        }
        if (configured != null) {
            if (!configured.startsWith(UNIX)) {
                throw new QemuException(
                        ("the Docker engine at %s may be on another computer, and QEMU shares memory"
                                        + " with this JVM: unset DOCKER_HOST, or set it to %s%s")
                                .formatted(configured, UNIX, DEFAULT_SOCKET));
            }
            return firstOf(List.of(Path.of(configured.substring(UNIX.length()))));
        }
        List<Path> present = usual.stream().filter(Files::exists).toList();
        return firstOf(present.isEmpty() ? List.of(DEFAULT_SOCKET) : present);
    }

    private static EngineSocket firstOf(List<Path> paths) {
        Duration patience = PATIENCE.dividedBy(paths.size());
        @Nullable String firstMissing = null;
        for (Path path : paths) {
            EngineSocket socket = new EngineSocket(path);
            Optional<String> missing = socket.whatIsMissing(patience);
            if (missing.isEmpty()) {
                return socket;
            }
            firstMissing = firstMissing == null ? missing.get() : firstMissing;
        }
        throw new QemuException(String.valueOf(firstMissing));
    }
}
