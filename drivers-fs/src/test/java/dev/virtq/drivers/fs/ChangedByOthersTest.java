package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A folder of the host that changes behind what the driver remembers of it. */
@Timeout(60)
class ChangedByOthersTest {
    @TempDir private Path folder;
    private SimMachine machine;
    private VirtioFileSystem share;
    private Path remembered;

    @BeforeEach
    void lookAtEverything() throws Exception {
        Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(folder.resolve("a/b/file"), "old");
        machine = SimMachine.builder().device(SimDevice.fileSystem(folder)).start();
        share = VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
        remembered = share.getPath("/a/b/file");
        assertThat(Files.readString(remembered)).isEqualTo("old");
    }

    @AfterEach
    void close() {
        share.close();
        machine.close();
    }

    @Test
    void aNameThatOthersGaveToAnotherFileLeadsThere() throws Exception {
        Files.move(folder.resolve("a"), folder.resolve("elsewhere"));
        Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(folder.resolve("a/b/file"), "new");
        assertThat(Files.readString(remembered)).isEqualTo("new");
    }

    @Test
    void aFileThatOthersTookAwayIsNotThere() throws Exception {
        Files.move(folder.resolve("a"), folder.resolve("elsewhere"));
        assertThatThrownBy(() -> Files.readString(remembered))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage("/a/b/file");
        assertThatThrownBy(() -> Files.move(remembered, share.getPath("/moved")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aDirectoryThatOthersDeleteWhileItIsReadHasNoMoreNames() throws Exception {
        Path directory = share.getPath("/a/b");
        try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
            Files.delete(folder.resolve("a/b/file"));
            Files.delete(folder.resolve("a/b"));
            assertThat(names).isEmpty();
        }
    }

    /** A host gives the number of a deleted file to the next that is made, of whatever type. */
    @Test
    void aNewFileIsNotTakenForADeletedOneWithTheSameNumberOnTheHost() throws Exception {
        for (int i = 0; i < 20; i++) {
            Path link = Files.createSymbolicLink(folder.resolve("link" + i), Path.of("a"));
            assertThat(Files.isSymbolicLink(share.getPath("/link" + i))).isTrue();
            Files.delete(link);
            Files.writeString(share.getPath("/made" + i), "content");
            assertThat(folder.resolve("made" + i)).hasContent("content");
        }
    }
}
