package dev.virtq.drivers.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two shares, of two servers that know nothing of each other. */
@Timeout(60)
class BetweenSharesTest {
    private static final FileTime THEN = FileTime.fromMillis(1_000_000_000_000L);

    private final SimMachine first = machine();
    private final SimMachine second = machine();
    private final VirtioFileSystem from;
    private final VirtioFileSystem to;

    BetweenSharesTest() throws IOException {
        from = VirtioFileSystem.mount(first.transport(DeviceType.FILE_SYSTEM));
        to = VirtioFileSystem.mount(second.transport(DeviceType.FILE_SYSTEM));
    }

    private static SimMachine machine() {
        return SimMachine.builder().memory(32L << 20).device(SimDevice.fileSystem()).start();
    }

    @AfterEach
    void close() {
        from.close();
        to.close();
        first.close();
        second.close();
    }

    private Path file(String name, String content) throws IOException {
        Path file = Files.writeString(from.getPath(name), content);
        return Files.setLastModifiedTime(file, THEN);
    }

    @Test
    void aFileIsCopied() throws IOException {
        Path source = file("/a", "text");
        Path target = Files.copy(source, to.getPath("/b"));
        assertThat(Files.readString(target)).isEqualTo("text");
        assertThat(Files.readString(source)).isEqualTo("text");
        assertThat(Files.getLastModifiedTime(target)).isNotEqualTo(THEN);
    }

    @Test
    void itsTimesAreCopiedWhereThatIsAskedFor() throws IOException {
        Path target =
                Files.copy(
                        file("/a", "text"), to.getPath("/b"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Files.getLastModifiedTime(target)).isEqualTo(THEN);
    }

    @Test
    void whatIsThereIsReplacedOnlyWhereThatIsAskedFor() throws IOException {
        Path source = file("/a", "new");
        Path target = Files.writeString(to.getPath("/a"), "old and long");
        assertThatThrownBy(() -> Files.copy(source, target))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.readString(target)).isEqualTo("old and long");
        Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
        assertThat(Files.readString(target)).isEqualTo("new");
        Path full = Files.createDirectory(to.getPath("/full"));
        Files.createFile(full.resolve("x"));
        assertThatThrownBy(() -> Files.copy(source, full, StandardCopyOption.REPLACE_EXISTING))
                .isInstanceOf(DirectoryNotEmptyException.class);
    }

    @Test
    void aLinkIsFollowedUnlessItIsToBeCopiedItself() throws IOException {
        file("/a", "text");
        Path link = Files.createSymbolicLink(from.getPath("/link"), from.getPath("a"));
        Path content = Files.copy(link, to.getPath("/content"));
        assertThat(Files.isSymbolicLink(content)).isFalse();
        assertThat(Files.readString(content)).isEqualTo("text");
        Path copy = Files.copy(link, to.getPath("/link"), LinkOption.NOFOLLOW_LINKS);
        assertThat(Files.readSymbolicLink(copy)).isEqualTo(to.getPath("a"));
        Path dangling = Files.createSymbolicLink(from.getPath("/none"), from.getPath("nobody"));
        assertThatThrownBy(() -> Files.copy(dangling, to.getPath("/none")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aDirectoryIsCopiedWithoutWhatIsInIt() throws IOException {
        Path folder = Files.createDirectory(from.getPath("/folder"));
        Files.createFile(folder.resolve("file"));
        Path target = Files.copy(folder, to.getPath("/folder"));
        try (var names = Files.list(target)) {
            assertThat(names).isEmpty();
        }
        assertThatThrownBy(() -> Files.move(folder, to.getPath("/moved")))
                .isInstanceOf(DirectoryNotEmptyException.class);
        assertThat(Files.exists(to.getPath("/moved"))).isFalse();
        assertThat(Files.exists(folder.resolve("file"))).isTrue();
    }

    @Test
    void whatIsMovedKeepsItsTimesAndIsGoneFromWhereItWas() throws IOException {
        Path source = file("/a", "text");
        Path target = Files.move(source, to.getPath("/b"));
        assertThat(Files.readString(target)).isEqualTo("text");
        assertThat(Files.getLastModifiedTime(target)).isEqualTo(THEN);
        assertThat(Files.exists(source)).isFalse();
        Path empty = Files.createDirectory(from.getPath("/empty"));
        assertThat(Files.isDirectory(Files.move(empty, to.getPath("/empty")))).isTrue();
        assertThat(Files.exists(empty)).isFalse();
    }

    @Test
    void aMoveThatFailsLeavesTheFileWhereItWas() throws IOException {
        Path source = file("/a", "text");
        Path target = Files.writeString(to.getPath("/a"), "old");
        assertThatThrownBy(() -> Files.move(source, target))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.readString(source)).isEqualTo("text");
        assertThat(Files.readString(target)).isEqualTo("old");
        assertThatThrownBy(() -> Files.move(source, to.getPath("/nowhere/b")))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(Files.readAllBytes(source)).isEqualTo("text".getBytes(UTF_8));
    }

    @Test
    void nothingIsAtomicBetweenTwoServers() throws IOException {
        Path source = file("/a", "text");
        assertThatThrownBy(
                        () -> Files.move(source, to.getPath("/b"), StandardCopyOption.ATOMIC_MOVE))
                .isInstanceOf(AtomicMoveNotSupportedException.class);
        assertThatThrownBy(
                        () -> Files.copy(source, to.getPath("/b"), StandardCopyOption.ATOMIC_MOVE))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(Files.exists(source)).isTrue();
    }
}
