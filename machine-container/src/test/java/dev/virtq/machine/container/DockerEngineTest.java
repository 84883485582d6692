package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.machine.qemu.QemuException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerEngineTest {
    @TempDir private Path folder;

    @Test
    void missesNothingWhereAnEngineAnswers() throws IOException {
        try (ServerSocketChannel server = engine("HTTP/1.1 200 OK\r\n\r\nOK")) {
            assertThat(new DockerEngine(null, List.of(socket())).whatIsMissing()).isEmpty();
            assertThat(new DockerEngine("unix://" + socket(), List.of()).whatIsMissing()).isEmpty();
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void looksFurtherWhenTheFirstSocketIsDead() throws IOException {
        Path dead = folder.resolve("dead.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(dead))
                .close();
        try (ServerSocketChannel server = engine("HTTP/1.1 200 OK\r\n\r\nOK")) {
            assertThat(new DockerEngine(null, List.of(dead, socket())).find().path())
                    .isEqualTo(socket());
            assertThat(new DockerEngine(null, List.of(dead)).whatIsMissing())
                    .hasValueSatisfying(text ->
                            assertThat(text)
                                    .startsWith("no Docker engine answers at " + dead)
                                    .endsWith("start it (systemctl start docker)"));
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void saysWhereNoSocketIs() {
        assertThat(new DockerEngine("unix:///no/such.sock", List.of()).whatIsMissing())
                .contains(
                        "no Docker engine (there is no /no/such.sock): install Docker and start it"
                                + " (Debian: apt-get install docker.io)");
    }

    @Test
    void refusesAnEngineThatMayBeOnAnotherComputer() {
        DockerEngine engine =
                DockerEngine.of(Map.of("DOCKER_HOST", "tcp://192.0.2.1:2375"), folder);
        assertThat(engine.whatIsMissing())
                .hasValueSatisfying(text ->
                        assertThat(text).contains("tcp://192.0.2.1:2375", "unset DOCKER_HOST"));
    }

    @Test
    void readsWhereTestcontainersLooks() throws IOException {
        assertThat(DockerEngine.of(Map.of(), folder).configured()).isNull();
        Files.writeString(
                folder.resolve(".testcontainers.properties"), "docker.host=unix:///some.sock\n");
        assertThat(DockerEngine.of(Map.of(), folder).configured()).isEqualTo("unix:///some.sock");
        assertThat(DockerEngine.of(Map.of("DOCKER_HOST", "unix:///x"), folder).configured())
                .isEqualTo("unix:///x");
        assertThat(DockerEngine.of(Map.of("XDG_RUNTIME_DIR", "/run/user/7"), folder).usual())
                .startsWith(Path.of("/run/user/7/docker.sock"))
                .contains(Path.of("/var/run/docker.sock"));
    }

    @Test
    void givesUpOnASilentSocketWithinASecond() throws IOException {
        try (ServerSocketChannel silent =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket()))) {
            long began = System.nanoTime();
            assertThat(new DockerEngine(null, List.of(socket())).whatIsMissing())
                    .hasValueSatisfying(text -> assertThat(text).contains("no answer within"));
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(900), Duration.ofSeconds(2));
            assertThat(silent.isOpen()).isTrue();
        }
    }

    @Test
    void saysAtOnceThatTestcontainersWouldWaitForAnImage() throws IOException {
        try (ServerSocketChannel server =
                engine("HTTP/1.1 500 Oops\r\n\r\n{\"message\":\"no such host\"}")) {
            assertThatThrownBy(() -> HelperImages.check(new EngineSocket(socket()), Map.of()))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("testcontainers/ryuk")
                    .hasMessageContaining("(no such host)")
                    .hasMessageContaining("TESTCONTAINERS_RYUK_DISABLED=true");
            assertThat(server.isOpen()).isTrue();
        }
    }

    private Path socket() {
        return folder.resolve("docker.sock");
    }

    /** Answers every request alike. */
    private ServerSocketChannel engine(String answer) throws IOException {
        ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket()));
        Thread.ofVirtual().start(() -> serve(server, answer));
        return server;
    }

    private static void serve(ServerSocketChannel server, String answer) {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                client.read(ByteBuffer.allocate(1024));
                client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
            } catch (IOException closed) {
                return; // by the test, which is over
            }
        }
    }
}
