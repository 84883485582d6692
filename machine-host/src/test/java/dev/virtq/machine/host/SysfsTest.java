package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciBar.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SysfsTest {
    @TempDir private Path root;
    private FakeComputer computer;

    @BeforeEach
    void isSwitchedOn() throws IOException {
        computer = new FakeComputer(root);
    }

    @Test
    void aFunctionThatNoDriverHasIsFound() throws IOException {
        computer.net("0000:00:03.0");

        SysfsFunction found = free("00:03.0");

        assertThat(found.name()).isEqualTo("0000:00:03.0");
        assertThat(found.type()).contains(DeviceType.NETWORK);
    }

    @Test
    void oneThatIsNotThereIsRefusedWithThoseThatAre() throws IOException {
        FakeComputer.driver(computer.net("0000:00:03.0"), "virtio-pci");
        computer.function("0000:00:02.0", 0x1af4, 0x1042);
        computer.function("0000:00:1f.0", 0x8086, 0x2918);

        assertThatThrownBy(() -> free("00:09.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "there is no PCI function 0000:00:09.0 (virtio functions here: 0000:00:02.0"
                                + " blk, 0000:00:03.0 net with driver virtio-pci)");
        assertThatThrownBy(() -> free("00:1f.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "pci 0000:00:1f.0 is 8086:2918, not a virtio device (virtio functions"
                                + " here: ");
    }

    @Test
    void aComputerWithoutVirtioSaysSo() throws IOException {
        assertThatThrownBy(() -> free("00:09.0"))
                .hasMessage(
                        "there is no PCI function 0000:00:09.0 (this computer has no virtio"
                                + " function)");
        Files.delete(computer.linux().functions());
        assertThatThrownBy(() -> free("00:09.0"))
                .hasMessageContaining("this computer has no virtio function");
    }

    @Test
    void oneThatADriverHasIsRefusedWithTheCommandThatFreesIt() throws IOException {
        Path folder = computer.net("0000:00:03.0");
        FakeComputer.driver(folder, "vfio-pci");

        assertThatThrownBy(() -> free("0000:00:03.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "pci 0000:00:03.0 is the kernel's, whose driver vfio-pci has it (expected:"
                                + " no driver; as root: echo 0000:00:03.0 > %s/driver/unbind)",
                        folder);
    }

    @ParameterizedTest
    @CsvSource({
        "0x1af4, 0x1041, net",
        "0x1af4, 0x105a, fs",
        "0x1af4, 0x1000, type-4352", // the subsystem id says
        "0x1af4, 0x0fff, ",
        "0x1af4, 0x1080, ",
        "0x8086, 0x1041, ",
    })
    void theTypeIsInTheDeviceId(String vendor, String device, String type) throws IOException {
        Path folder =
                computer.function("0000:00:05.0", Integer.decode(vendor), Integer.decode(device));
        if (type != null && type.startsWith("type-")) {
            Files.writeString(folder.resolve("subsystem_device"), "0x0001\n");
            assertThat(new SysfsFunction(folder).type()).contains(DeviceType.NETWORK);
        } else {
            assertThat(new SysfsFunction(folder).type().map(DeviceType::name).orElse(null))
                    .isEqualTo(type);
        }
    }

    @Test
    void theBarsAreThoseThatTheKernelHasPlaced() throws IOException {
        Path folder = computer.net("0000:00:03.0");
        assertThat(new SysfsFunction(folder).bars())
                .containsExactly(
                        new PciBar(1, Kind.MEMORY_32, false, 0xfebc_1000L, 0x1000),
                        new PciBar(4, Kind.MEMORY_64, true, 0xfebf_c000L, 0x4000));

        Files.writeString(
                folder.resolve("resource"),
                """
                0x000000000000c040 0x000000000000c05f 0x0000000000040101
                0x0000000000000000 0x0000000000000fff 0x0000000020040200
                0x0000380000000000 0x0000380fffffffff 0x000000000014220c
                """);
        assertThat(new SysfsFunction(folder).bars())
                .containsExactly(
                        new PciBar(0, Kind.IO, false, 0xc040, 0x20), // 1 has no address
                        new PciBar(2, Kind.MEMORY_64, true, 0x3800_0000_0000L, 1L << 36));
    }

    @ParameterizedTest
    @CsvSource({
        "0x1000 0x1fff",
        "0x1000 0x1fff 0x200 0",
        "0x1000 what 0x200",
        "0x1000 0x1ffe 0x200", // not a power of two
        "0x1800 0x27ff 0x200", // not aligned
        "0x2000 0x1fff 0x200",
    })
    void aLineThatNoBarHasIsShown(String line) throws IOException {
        Path folder = computer.net("0000:00:03.0");
        Files.writeString(folder.resolve("resource"), line + "\n");

        assertThatThrownBy(() -> new SysfsFunction(folder).bars())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("line 1 of %s is '%s': ", folder.resolve("resource"), line);
    }

    @ParameterizedTest
    @CsvSource({"identity, false", "DMA, true", "DMA-FQ, true", "blocked, true"})
    void anIommuTranslatesUnlessItSaysThatItDoesNot(String type, boolean translates)
            throws IOException {
        Path folder = computer.net("0000:00:03.0");
        SysfsFunction function = new SysfsFunction(folder);
        assertThat(function.isTranslated()).isFalse();

        Path group = Files.createDirectory(folder.resolve("iommu_group"));
        assertThat(function.isTranslated()).isTrue(); // an old kernel does not say
        Files.writeString(group.resolve("type"), type + "\n");
        assertThat(function.isTranslated()).isEqualTo(translates);
    }

    private SysfsFunction free(String address) throws IOException {
        return new SysfsBus(computer.linux()).free(HostAddress.parse(address));
    }
}
