package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same operations as on virtiofsd alone, through QEMU and on the machine in this process. */
@Timeout(180)
class ShareServersIT {
    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({"qemu-local, split", "sim, split", "sim, packed"})
    void everyOperationDoesWhatItDoesOnTheDefaultFileSystem(String kind, String format)
            throws Exception {
        Path onHost = Files.createDirectories(folder.resolve("share"));
        Path local = Files.createDirectory(folder.resolve("local"));
        MachineOptions options = MachineOptions.DEFAULT.withShare(onHost);
        if (format.equals("packed")) {
            options = options.offering(FeatureSet.of(CommonFeature.RING_PACKED));
        }
        try (Machine machine = Machines.require(kind).start(options);
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM))) {
            assertThat(share.client().connection().device().has(CommonFeature.RING_PACKED))
                    .isEqualTo(format.equals("packed"));
            BothFileSystems both = new BothFileSystems(local, onHost, share.getPath("/"));
            List<FileOperation> operations = new ArrayList<>(PathOperations.all());
            operations.addAll(ChannelOperations.all());
            for (FileOperation operation : operations) {
                both.run(operation);
            }
            System.out.printf(
                    "nio: %s, %s: %d operations, of which %d differ as expected%n",
                    kind, format, both.operations(), both.differences().size());
            assertThat(both.differences())
                    .filteredOn(one -> !KnownDifference.explains(one))
                    .isEmpty();
        }
    }
}
