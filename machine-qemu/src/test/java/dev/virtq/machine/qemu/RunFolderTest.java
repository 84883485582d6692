package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RunFolderTest {
    @Test
    void onlyItsOwnerMayEnterAndClosingRemovesItWithWhatIsInIt() throws Exception {
        RunFolder folder = RunFolder.create(1 << 20);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())))
                .isEqualTo("rwx------");
        Files.createDirectory(folder.file("sub"));
        Files.writeString(folder.file("sub").resolve("file"), "x");
        folder.close();
        assertThat(folder.path()).doesNotExist();
        folder.close();
    }

    @Test
    void aFolderWhoseLockIsFreeIsSweptAndALinkInItIsNotFollowed() throws Exception {
        Path parent = parent();
        Path outside = Files.createTempFile("virtq-test", "kept");
        Path stale = Files.createDirectory(parent.resolve("virtq-999999999-x-1"));
        Files.createFile(stale.resolve("lock"));
        Files.createSymbolicLink(stale.resolve("link"), outside);
        RunFolder.create(0).close();
        assertThat(stale).doesNotExist();
        assertThat(outside).exists();
        Files.delete(outside);
    }

    @Test
    void aFolderWithoutLockIsSweptWhenItIsOld() throws Exception {
        Path young = Files.createDirectory(parent().resolve("virtq-999999999-x-2"));
        try {
            RunFolder.create(0).close();
            assertThat(young).exists();
            FileTime old = FileTime.from(Instant.now().minus(Duration.ofMinutes(5)));
            Files.setLastModifiedTime(young, old);
            RunFolder.create(0).close();
            assertThat(young).doesNotExist();
        } finally {
            Files.deleteIfExists(young);
        }
    }

    @Test
    void theFolderOfALivingJvmStaysAndThatOfAKilledOneGoes() throws Exception {
        try (OtherJvm other = OtherJvm.start(HoldFolder.class)) {
            Path folder = Path.of(other.line());
            RunFolder.create(0).close();
            assertThat(folder).exists();
            other.kill();
            RunFolder.create(0).close();
            assertThat(folder).doesNotExist();
        }
    }

    @Test
    void moreRamThanThereIsRoomForIsRefused() {
        assertThatThrownBy(() -> RunFolder.create(1L << 60))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("no place for a RAM file")
                .hasMessageContaining("/dev/shm");
    }

    private static Path parent() {
        try (RunFolder folder = RunFolder.create(0)) {
            return Objects.requireNonNull(folder.path().getParent());
        }
    }

    /** Makes a folder and waits to be killed. */
    static final class HoldFolder {
        public static void main(String[] arguments) throws Exception {
            RunFolder folder = RunFolder.create(0);
            System.out.println(folder.path());
            Thread.sleep(Duration.ofMinutes(1));
            folder.close();
        }
    }
}
