package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.MachineOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QemuCommandLineTest {
    @Test
    void aSmallerQueueThanQemuHasIsLeftToTheDriver() {
        MachineOptions small = MachineOptions.DEFAULT.withQueueSize(16);
        assertThat(QemuCommandLine.of(small).devices())
                .contains(QemuDevice.virtioNet().withQueueSizes(256, 256));
    }

    @Test
    void aSizeThatIsNoPowerOfTwoGetsTheNextOneFromQemu() {
        MachineOptions odd = MachineOptions.DEFAULT.withQueueSize(300);
        assertThat(QemuCommandLine.of(odd).devices())
                .contains(QemuDevice.virtioNet().withQueueSizes(512, 256));
    }

    @Test
    void featuresAreOfferedAndWithheldByProperties() {
        MachineOptions options =
                MachineOptions.DEFAULT
                        .offering(FeatureSet.of(CommonFeature.RING_PACKED, CommonFeature.IN_ORDER))
                        .withholding(
                                FeatureSet.of(
                                        CommonFeature.EVENT_IDX,
                                        CommonFeature.INDIRECT_DESC,
                                        CommonFeature.RING_RESET));
        assertThat(
                        QemuCommandLine.of(options)
                                .devices()
                                .getFirst()
                                .arguments(0, DeviceBus.PCI)
                                .getLast())
                .endsWith(",packed=on,in_order=on,indirect_desc=off,event_idx=off,queue_reset=off");
    }

    @Test
    void aMachineWithPciHasTwoPortsToPlugDevicesInto() {
        try (RunFolder folder = RunFolder.create(0)) {
            assertThat(QemuCommandLine.of(MachineOptions.DEFAULT).toList(folder))
                    .containsSubsequence(
                            "-device",
                            "pcie-root-port,id=hotplug1,chassis=2",
                            "-device",
                            "pcie-root-port,id=hotplug2,chassis=3");
            MachineOptions microvm = MachineOptions.DEFAULT.withMachineType("microvm");
            assertThat(QemuCommandLine.of(microvm).toList(folder))
                    .noneMatch(word -> word.contains("port"));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuDevice.hotPlugPort().arguments(0, DeviceBus.MMIO))
                .withMessageContaining("expected: q35");
    }

    @Test
    void whatIsPluggedInIsSaidToQmpAsOnTheCommandLine(@TempDir Path temp) throws Exception {
        Path served = Files.createDirectory(temp.resolve("a,b"));
        QmpDevice device =
                QmpDevice.of(QemuDevice.virtioNet().withTftp(served).with("packed=on"), 4, "p0");
        assertThat(device.id()).isEqualTo("plugged4");
        assertThat(device.network()).contains("n4");
        assertThat(device.worksInQemu()).isTrue();
        assertThat(device).asString().contains("tftp=" + served).contains("bus=p0");
        QmpDevice outside = QmpDevice.of(QemuDevice.of("vhost-user-fs-pci", "chardev=c0"), 1, "p0");
        assertThat(outside.worksInQemu()).isFalse();
        assertThat(outside.network()).isEmpty();
    }

    @Test
    void aFeatureWithoutAPropertyIsRefusedByName() {
        FeatureSet none =
                FeatureSet.of(CommonFeature.NOTIFICATION_DATA, CommonFeature.IN_ORDER).withBit(15);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuDevice.virtioNet().offering(none))
                .withMessage(
                        "QEMU's devices have no property to offer feature bit 15, NOTIFICATION_DATA"
                                + " (they have one for: INDIRECT_DESC, EVENT_IDX, ACCESS_PLATFORM,"
                                + " RING_PACKED, RING_RESET, IN_ORDER)");
    }

    @Test
    void aPropertyThatQemuIsTooOldForSaysWhichVersionHasIt() {
        assertThat(
                        FeatureProperty.explain(
                                "qemu-old",
                                "qemu-old exited with status 1: -device virtio-net-pci,in_order=on:"
                                        + " Property 'virtio-net-pci.in_order' not found"))
                .hasValue(
                        "this qemu-old cannot offer IN_ORDER: its devices have no property"
                                + " 'in_order', which QEMU has since 9.1; take a newer QEMU, or"
                                + " leave IN_ORDER alone");
        assertThat(FeatureProperty.explain("q", "Property 'virtio-net-pci.color' not found"))
                .isEmpty();
    }

    @Test
    void aUsersMachineComesAfterTheOneWithTheSharedRam() {
        try (RunFolder folder = RunFolder.create(0)) {
            List<String> words =
                    QemuCommandLine.DEFAULT
                            .withArguments("-machine", "q35,max-ram-below-4g=128M")
                            .toList(folder);
            assertThat(words)
                    .startsWith("qemu-system-x86_64")
                    .containsSubsequence(
                            "-machine",
                            "q35,memory-backend=m0",
                            "-machine",
                            "q35,max-ram-below-4g=128M")
                    .contains("-m", "256M");
        }
    }

    @Test
    void aCommaInAPathDoesNotEndItsOption(@TempDir Path temp) throws Exception {
        Path served = Files.createDirectory(temp.resolve("a,b"));
        VirtioNetDevice device = QemuDevice.virtioNet().withTftp(served);
        assertThat(device.arguments(3, DeviceBus.PCI))
                .contains("user,id=n3,tftp=" + temp + "/a,,b")
                .anySatisfy(word ->
                        assertThat(word).startsWith("virtio-net-pci,netdev=n3,disable-legacy=on"));
        assertThat(QemuCommandLine.DEFAULT.withDevice(device).sharedPaths())
                .containsExactly(served);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-m",
                "--m",
                "-S",
                "-qtest",
                "-daemonize",
                "-bios",
                "q35,memory-backend=mine",
                "memory-backend-ram,id=m0,size=1M"
            })
    void argumentsThatWouldDefeatTheMachineAreRefused(String argument) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuCommandLine.DEFAULT.withArguments(argument));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1 << 20, (256 << 20) + 1})
    void memoryThatNoMachineCanHaveIsRefused(long bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuCommandLine.DEFAULT.withMemory(bytes))
                .withMessageContaining("1 MiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "52:54:00:12:34", "53:54:00:12:34:56", "52-54-00-12-34-56"})
    void anAddressThatNoDeviceCanHaveIsRefused(String mac) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuDevice.virtioNet().withMac(mac))
                .withMessageContaining("MAC");
    }

    @ParameterizedTest
    @CsvSource({"255,0", "0,2048", "300,256", "-1,0"})
    void queueSizesThatQemuDoesNotTakeAreRefused(int receive, int transmit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuDevice.virtioNet().withQueueSizes(receive, transmit))
                .withMessageContaining("256, 512 or 1024");
    }

    @Test
    void aDeviceModelIsAWordAndItsOptionsHaveNames() {
        assertThat(QemuDevice.of("virtio-rng-pci", "disable-legacy=on").arguments(0, DeviceBus.PCI))
                .containsExactly("-device", "virtio-rng-pci,disable-legacy=on");
        assertThatIllegalArgumentException().isThrownBy(() -> QemuDevice.of("a,b"));
        assertThatIllegalArgumentException().isThrownBy(() -> QemuDevice.of("a", "packed"));
    }

    @Test
    void aFolderThatIsNoneIsNotServed(@TempDir Path temp) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QemuDevice.virtioNet().withTftp(temp.resolve("nowhere")))
                .withMessageContaining("nowhere");
    }
}
