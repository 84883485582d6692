package dev.virtq.transport.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.VirtioException;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What may be where this side wants to listen, and what is there afterwards. */
@Timeout(30)
class OwnSocketTest {
    private static final Duration WAIT = Duration.ofMillis(100);

    @TempDir private Path folder;
    private Path path = Path.of("");

    @BeforeEach
    void name() {
        path = folder.resolve("socket");
    }

    @Test
    void itIsThereUntilItIsClosed() throws Exception {
        OwnSocket socket = OwnSocket.listen(path, WAIT);
        try (UnixSocket near = UnixSocket.connect(path);
                UnixSocket far = socket.meet()) {
            assertThat(near.isOpen() && far.isOpen()).isTrue();
        }
        socket.close();
        socket.close();
        assertThat(folder).isEmptyDirectory();
        assertThatThrownBy(socket::meet)
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("the socket %s was closed", path);
    }

    @Test
    void oneThatADeadProcessHasLeftIsReplaced() throws Exception {
        UnixSocket.listen(path).close(); // the file stays
        try (OwnSocket socket = OwnSocket.listen(path, WAIT);
                UnixSocket near = UnixSocket.connect(path);
                UnixSocket far = socket.meet()) {
            assertThat(near.isOpen() && far.isOpen()).isTrue();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void oneOnWhichSomebodyListensStaysAndNobodyHearsOfIt() throws Exception {
        try (UnixSocket listening = UnixSocket.listen(path)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OwnSocket.listen(path, WAIT))
                    .withMessage(
                            "somebody listens at %s already (expected: nobody; connect to it, or choose another path)",
                            path);
            assertThat(Poll.isReady(listening, Poll.READABLE, 0)).isFalse();
            try (UnixSocket near = UnixSocket.connect(path);
                    UnixSocket far = listening.accept()) {
                assertThat(near.isOpen() && far.isOpen()).isTrue();
            }
        }
    }

    @Test
    void whatIsNoSocketStays() throws Exception {
        Files.writeString(path, "precious");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OwnSocket.listen(path, WAIT))
                .withMessage(
                        "what is at %s is no socket, and stays (expected: nothing, or a socket that was left behind)",
                        path);
        assertThat(path).hasContent("precious");
        Path inner = Files.createDirectory(folder.resolve("inner"));
        assertThatIllegalArgumentException().isThrownBy(() -> OwnSocket.listen(inner, WAIT));
        assertThat(inner).isDirectory();
    }

    @Test
    void aLinkToASocketStays() throws Exception {
        Path left = path.resolveSibling("left");
        UnixSocket.listen(left).close();
        Files.createSymbolicLink(path, left);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OwnSocket.listen(path, WAIT))
                .withMessageContaining("is no socket, and stays");
        assertThat(path).isSymbolicLink();
        assertThat(left).exists();
    }

    @Test
    void whereThereIsNoFolderNobodyCanListen() {
        Path nowhere = folder.resolve("none/socket");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OwnSocket.listen(nowhere, WAIT))
                .withMessage(
                        "there is no folder for a socket at %s (expected: %s)",
                        nowhere, nowhere.getParent());
        assertThatThrownBy(() -> OwnSocket.listen(Path.of("/proc/socket"), WAIT))
                .isInstanceOf(VirtioException.class)
                .hasMessageStartingWith("nobody can listen at /proc/socket: bind: E");
    }

    @Test
    void whatHasTakenItsPlaceStays() throws Exception {
        OwnSocket socket = OwnSocket.listen(path, WAIT);
        Files.delete(path);
        try (OwnSocket other = OwnSocket.listen(path, WAIT)) {
            socket.close();
            try (UnixSocket near = UnixSocket.connect(path);
                    UnixSocket far = other.meet()) {
                assertThat(near.isOpen() && far.isOpen()).isTrue();
            }
        }
        assertThat(folder).isEmptyDirectory();
        OwnSocket last = OwnSocket.listen(path, WAIT);
        Files.delete(path);
        last.close();
    }

    @Test
    void noWaitIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OwnSocket.listen(path, Duration.ZERO))
                .withMessageContaining("a wait of PT0S for a back end (expected: more than none)");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void noWaitIsTooLong() {
        try (OwnSocket socket = OwnSocket.listen(path, Duration.ofSeconds(Long.MAX_VALUE))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(socket::meet).hasMessageContaining("interrupted in the wait");
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
