package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.qemu.QemuException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerProviderTest {
    @Test
    void isFoundAndComesFirst() {
        ContainerProviderTest.class.getModule().addUses(MachineProvider.class);
        assertThat(ServiceLoader.load(MachineProvider.class))
                .filteredOn(provider -> provider.name().equals("qemu"))
                .singleElement()
                .isInstanceOf(ContainerProvider.class)
                .satisfies(qemu ->
                        assertThat(ServiceLoader.load(MachineProvider.class))
                                .allMatch(other -> other.rank() >= qemu.rank()));
    }

    @Test
    void startsAMachineThatServesAFolder(@TempDir Path folder) throws Exception {
        Docker.require();
        Files.writeString(folder.resolve("hello.txt"), "hello");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        MachineOptions options =
                MachineOptions.DEFAULT
                        .withQueueSize(256)
                        .offering(FeatureSet.of(CommonFeature.RING_PACKED))
                        .withTftp(folder)
                        .withBootFile("hello.txt")
                        .withQemuArguments(List.of("-name", "virtq-test"));
        try (Machine machine = new ContainerProvider().start(options)) {
            assertThat(machine.kind()).isEqualTo("qemu");
            assertThat(machine.details().get("command line"))
                    .contains("tftp=" + folder, "bootfile=hello.txt")
                    .contains("rx_queue_size=256", "packed=on")
                    .endsWith("-name virtq-test");
            assertThat(
                            Docker.run(
                                    "docker",
                                    "exec",
                                    Docker.containersOfThisJvm().getFirst(),
                                    "cat",
                                    folder + "/hello.txt"))
                    .isEqualTo("hello");
        }
        assertThat(Docker.containersOfThisJvm()).isEmpty();
    }

    @Test
    void refusesAFolderThatQemuMayNotRead(@TempDir Path folder) throws Exception {
        Docker.require();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        ContainerUser user = ContainerUser.ofThisJvm(false);
        if ((Integer) Files.getAttribute(folder, "unix:uid") == user.uid()) {
            return; // the JVM's own user runs QEMU, and may read what is its own
        }
        MachineOptions options = MachineOptions.DEFAULT.withTftp(folder);
        assertThatThrownBy(() -> new ContainerProvider().start(options))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("may not read " + folder)
                .hasMessageContaining("chmod o+rX");
        assertThat(Docker.containersOfThisJvm()).isEmpty();
    }

    @Test
    void refusesABinaryOfThisComputer() {
        MachineOptions options = MachineOptions.DEFAULT.withQemuBinary("/opt/qemu");
        assertThatThrownBy(() -> new ContainerProvider().start(options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "qemu runs the QEMU of its image: the binary '/opt/qemu' is for the"
                                + " machine 'qemu-local'");
    }
}
