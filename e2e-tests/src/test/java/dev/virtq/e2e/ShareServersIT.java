package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same operations as on QEMU's virtiofsd alone, on all others who serve a share. */
@Timeout(180)
class ShareServersIT {
    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"virtiofsd-container", "qemu-local", "qemu", "sim", "sim-packed"})
    void everyOperationDoesWhatItDoesOnTheDefaultFileSystem(String kind) throws Exception {
        Path local = Files.createDirectory(folder.resolve("local"));
        try (ServedShare share = ServedShare.start(kind, folder)) {
            BothFileSystems both = new BothFileSystems(local, share.onHost(), share.root());
            List<FileOperation> operations = new ArrayList<>(PathOperations.all());
            operations.addAll(ChannelOperations.all());
            for (FileOperation operation : operations) {
                both.run(operation);
            }
            System.out.printf(
                    "nio: %s: %d operations, of which %d differ as expected%n",
                    kind, both.operations(), both.differences().size());
            assertThat(both.differences())
                    .filteredOn(one -> !KnownDifference.explains(one))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu-local", "qemu", "sim"})
    void whatIsMadeInAShareBelongsToWhoStartedTheMachine(String kind) throws Exception {
        Path own = Files.createFile(folder.resolve("own"));
        try (ServedShare share = ServedShare.start(kind, folder)) {
            Files.createFile(share.root().resolve("made"));
            for (String attribute : List.of("unix:uid", "unix:gid")) {
                assertThat(
                                Files.getAttribute(
                                        share.onHost().resolve("made"),
                                        attribute,
                                        LinkOption.NOFOLLOW_LINKS))
                        .isEqualTo(Files.getAttribute(own, attribute));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu-local", "sim"})
    void aFileIsMappedWhereTheDeviceHasAWindowAndElseIsToBeRead(String kind) throws Exception {
        Files.writeString(folder.resolve("file"), "text");
        MachineOptions options = MachineOptions.DEFAULT.withShare(folder);
        try (Machine machine = Machines.require(kind).start(options);
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
                FileChannel channel =
                        FileChannel.open(
                                share.getPath("/file"),
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE)) {
            if (share.windowSize().isPresent()) {
                channel.map(FileChannel.MapMode.READ_WRITE, 0, 4).put(0, (byte) 'T');
                assertThat(folder.resolve("file")).hasContent("Text");
            } else {
                assertThatThrownBy(() -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 4))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("no DAX window");
            }
            assertThat(share.windowSize().isPresent()).isEqualTo(kind.equals("sim"));
        }
    }
}
