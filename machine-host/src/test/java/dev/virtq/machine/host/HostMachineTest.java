package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.MachineOptions;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.Extent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMachineTest {
    private static final long PAGE = FakeComputer.PAGE;
    private static final int DEVICE_FEATURE = 0x04;
    private static final int STATUS = 0x14;
    private static final int BUS_MASTER = 0x4;

    @TempDir private Path root;
    private FakeComputer computer;
    private Path function;

    @BeforeEach
    void hasANetworkDevice() throws IOException {
        computer = new FakeComputer(root);
        function = computer.net("0000:00:03.0");
    }

    @Test
    void theDeviceIsOpenedOverItsRegistersAndItsMemoryIsAtPhysicalAddresses() throws IOException {
        try (HostMachine machine = machine()) {
            AttachedDevice device = machine.devices().getFirst();
            assertThat(device.name()).isEqualTo("net0");
            assertThat(device.location()).isEqualTo("pci 0000:00:03.0");
            assertThat(device.type()).contains(DeviceType.NETWORK);
            assertThat(machine.memory().extents())
                    .containsExactly(new Extent(0x1_0000_0000L, 2 * PAGE));
            assertThat(computer.hugeFolder()).isEmptyDirectory();
            assertThat(function.resolve("enable")).hasContent("1");

            try (Transport transport = device.open()) {
                transport.writeStatus(3);
                assertThat(status()).isEqualTo((byte) 3);
                assertThat(transport.readStatus()).isEqualTo(3);
                assertThat(FakeComputer.command(function) & BUS_MASTER).isNotZero();
                transport.writeStatus(0);
            }
        }
    }

    @Test
    void aDeviceThatWasLeftRunningIsResetBeforeItIsOnTheBusAgain() throws IOException {
        FakeComputer.poke(function.resolve("config"), 4, 0x06, 0x05);
        FakeComputer.poke(function.resolve("resource4"), STATUS, 0x0f);
        try (HostMachine machine = machine()) {
            assertThat(FakeComputer.command(function) & BUS_MASTER).isZero();
            assertThat(status()).isEqualTo((byte) 0x0f); // nobody has opened it yet

            machine.transport(DeviceType.NETWORK).close();

            assertThat(status()).isZero();
            assertThat(FakeComputer.command(function) & BUS_MASTER).isNotZero();
        }
    }

    @Test
    void oneTransportAtATimeHasTheDevice() throws IOException {
        try (HostMachine machine = machine()) {
            Transport first = machine.transport(DeviceType.NETWORK);

            assertThatThrownBy(() -> machine.transport(DeviceType.NETWORK))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pci 0000:00:03.0 is open already: close its transport first");
            first.close();
            machine.transport(DeviceType.NETWORK).close();
        }
    }

    @Test
    void closingResetsTheDeviceTakesItOffTheBusAndRefusesWhatComesLater() throws IOException {
        HostMachine machine = machine();
        Transport transport = machine.transport(DeviceType.NETWORK);
        DmaBuffer buffer = machine.memory().allocate(64);
        transport.writeStatus(7);
        var config = machine.function().configSpace();
        var registers = machine.function().bar(4);

        machine.close();

        assertThat(status()).isZero();
        assertThat(FakeComputer.command(function) & BUS_MASTER).isZero();
        assertThat(function.resolve("enable")).hasContent("0");
        assertThatThrownBy(transport::readStatus).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> registers.readByte(STATUS))
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("the machine was closed");
        assertThatThrownBy(() -> config.readInt(0)).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(() -> machine.transport(DeviceType.NETWORK))
                .isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(buffer::view).isInstanceOf(IllegalStateException.class);
        machine.close();
        machine().close(); // the function is free again
    }

    @Test
    void aFunctionThatWasEnabledBeforeStaysSo() throws IOException {
        Files.writeString(function.resolve("enable"), "1\n");

        machine().close();

        assertThat(function.resolve("enable")).hasContent("1");
    }

    @Test
    void aFunctionThatAnswersWithAllOnesIsLostWithinMoments() throws Exception {
        long watchdogs = WatchdogTest.watchdogs();
        HostMachine machine = machine();
        Transport transport = machine.transport(DeviceType.NETWORK);
        assertThat(transport.lost()).isEmpty();
        FakeComputer.poke(function.resolve("config"), 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

        long start = System.nanoTime();
        while (transport.lost().isEmpty()) {
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(5));
            Thread.onSpinWait();
        }

        assertThat(transport.lost().orElseThrow())
                .hasMessage("pci 0000:00:03.0 is gone: it answers with all ones");
        assertThat(transport.deviceProvenDead()).isFalse();
        machine.close();
        // It may still write to its memory: that is watched over as long as this JVM lives.
        assertThat(WatchdogTest.watchdogs()).isEqualTo(watchdogs + 1);
    }

    @Test
    void whatCannotBeHadIsSaidAndLeavesNothing() throws IOException {
        computer.hugePages(1, 1, 0);
        assertThatThrownBy(this::machine)
                .isInstanceOf(VirtioException.class)
                .hasMessageStartingWith("2 huge pages of 2048 KiB are needed, and 1 are free");
        computer.hugePages(4, 4, 0);
        machine().close(); // nobody has kept the function

        try (FileChannel config =
                FileChannel.open(function.resolve("config"), StandardOpenOption.WRITE)) {
            config.truncate(64);
        }
        assertThatThrownBy(this::machine)
                .isInstanceOf(VirtioException.class)
                .hasMessage(
                        "the configuration space of pci 0000:00:03.0 is not this user's to write"
                                + " (expected: root)");
    }

    @Test
    void onlyMemoryBarsThatStartAtAPageAreMapped() throws IOException {
        Files.writeString(
                function.resolve("resource"),
                """
                0x000000000000c040 0x000000000000c05f 0x0000000000040101
                0x00000000febc1800 0x00000000febc1fff 0x0000000000040200
                0x00000000febc2000 0x00000000febc2fff 0x0000000000040200
                0x0000000000000000 0x0000000000000000 0x0000000000000000
                0x00000000febfc000 0x00000000febfffff 0x000000000014220c
                """);
        try (HostMachine machine = machine()) {
            var bars = machine.function().bars();
            assertThat(bars.stream().filter(machine.function()::reaches).map(bar -> bar.index()))
                    .containsExactly(4); // 2 has no file
            assertThatThrownBy(() -> machine.function().bar(1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pci 0000:00:03.0 has no BAR 1 that can be mapped");
        }
    }

    @Test
    void physicalAddressesAreVouchedForWhereNoIommuTranslates() throws IOException {
        try (HostMachine machine = machine()) {
            assertThat(machine.function().platformFeatures())
                    .matches(features -> features.contains(CommonFeature.ACCESS_PLATFORM));
        }
        Path group = Files.createDirectory(function.resolve("iommu_group"));
        Files.writeString(group.resolve("type"), "DMA\n");
        try (HostMachine machine = machine()) {
            assertThat(
                            machine.function()
                                    .platformFeatures()
                                    .intersection(FeatureSet.of(CommonFeature.ACCESS_PLATFORM)))
                    .isEqualTo(FeatureSet.EMPTY);
        }
    }

    @Test
    void aDeviceThatGoesThroughATranslatingIommuIsNotDriven() throws IOException {
        Path group = Files.createDirectory(function.resolve("iommu_group"));
        Files.writeString(group.resolve("type"), "DMA-FQ\n");
        FakeComputer.poke(function.resolve("resource4"), DEVICE_FEATURE, 0x01);
        try (HostMachine machine = machine()) {
            machine.transport(DeviceType.NETWORK).close(); // it goes past the IOMMU
        }
        FakeComputer.poke(function.resolve("resource4"), DEVICE_FEATURE, 0x03); // bits 32 and 33
        try (HostMachine machine = machine()) {
            assertThatThrownBy(() -> machine.transport(DeviceType.NETWORK))
                    .isInstanceOf(VirtioException.class)
                    .hasMessage(
                            "pci 0000:00:03.0 is behind an IOMMU that translates, which virtq does"
                                    + " not set up (expected: none, or one that passes addresses"
                                    + " on, as with iommu=pt on the kernel's command line)");
            assertThat(FakeComputer.command(function) & BUS_MASTER).isZero();
        }
        Files.writeString(group.resolve("type"), "identity\n");
        try (HostMachine machine = machine()) {
            machine.transport(DeviceType.NETWORK).close();
        }
    }

    @Test
    void theProviderRefusesWhatIsForMachinesThatAreStarted() {
        HostProvider provider = new HostProvider();
        assertThat(provider.locationSyntax()).contains("[DOMAIN:]BUS:DEVICE.FUNCTION");
        assertThatThrownBy(() -> provider.start(MachineOptions.DEFAULT.withMachineType("q35")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the machine host has no use for a machine type, since its device is there"
                                + " already");
        assertThatThrownBy(() -> provider.start(MachineOptions.DEFAULT.withLocation("eth0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("'eth0' is no PCI address");
        assertThatThrownBy(() -> HostMachine.of("ffff:ff:1f.7", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("0 bytes of memory (expected: 1 or more)");
    }

    private byte status() throws IOException {
        return Files.readAllBytes(function.resolve("resource4"))[STATUS];
    }

    private HostMachine machine() throws IOException {
        long[] next = {0x1_0000_0000L - PAGE};
        return HostMachine.of(
                computer.linux(), HostAddress.parse("00:03.0"), 2 * PAGE, _ -> next[0] += PAGE);
    }
}
