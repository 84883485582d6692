package dev.virtq.machine.qemu;

import static dev.virtq.machine.qemu.HotPlugRig.NET;
import static dev.virtq.machine.qemu.HotPlugRig.children;
import static dev.virtq.machine.qemu.HotPlugRig.names;
import static dev.virtq.machine.qemu.HotPlugRig.round;
import static dev.virtq.machine.qemu.HotPlugRig.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be plugged in or taken out, and that it leaves nothing behind. */
@RequiresQemu
@Timeout(60)
class HotPlugRefusalTest {
    @Test
    void whatIsNotInAPortCannotBeUnplugged() {
        try (QemuMachine machine = start()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.unplug("net0"))
                    .withMessage(
                            "net0 at pci 00:01.0 cannot be unplugged, since it is in no hot-plug"
                                    + " port (those that are: none)");
            machine.plug(NET);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.unplug("net0"))
                    .withMessageContaining("(those that are: net1)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.unplug("net7"))
                    .withMessageContaining("there is no device 'net7' (expected: net0, net1, pci-");
            assertThat(names(machine)).contains("net0", "net1");
        }
    }

    @Test
    void portsThatAreFullAndMachinesWithoutOneSaySo() {
        try (QemuMachine machine = start()) {
            machine.plug(NET);
            machine.plug(NET);
            assertThatThrownBy(() -> machine.plug(NET))
                    .isInstanceOf(QemuException.class)
                    .hasMessage(
                            "all 2 hot-plug ports of the machine have a device: unplug one first");
            machine.unplug("net1");
            assertThat(machine.plug(NET).name()).isEqualTo("net1");
        }
        try (QemuMachine machine = QemuMachine.start(NET)) {
            assertThatThrownBy(() -> machine.plug(NET))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("expected: QemuDevice.hotPlugPort() among its devices");
        }
        QemuCommandLine microvm =
                QemuCommandLine.DEFAULT.withMachineType(MachineType.MICROVM).withDevice(NET);
        try (QemuMachine machine = QemuMachine.start(microvm, QemuProcess.launcher())) {
            assertThatThrownBy(() -> machine.plug(NET))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("microvm");
            assertThatThrownBy(() -> machine.unplug("net0"))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("microvm");
        }
    }

    @Test
    void aDeviceThatQemuRefusesLeavesNothingBehind() throws Exception {
        try (QemuMachine machine = start()) {
            round(machine);
            HotPlugRig.State before = HotPlugRig.State.of(machine);
            assertThatThrownBy(() -> machine.plug(NET.with("color=red")))
                    .isInstanceOf(QmpErrorException.class)
                    .hasMessageContaining("color");
            assertThatThrownBy(() -> machine.plug(QemuDevice.of("no-such-device")))
                    .isInstanceOf(QmpErrorException.class)
                    .hasMessageContaining("no-such-device");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.plug(QemuDevice.of("virtio-rng-pci", "bus=pcie.0")))
                    .withMessageContaining("gets its place from the machine");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.plug(QemuDevice.hotPlugPort()))
                    .withMessageContaining("-global");
            assertThat(HotPlugRig.State.of(machine)).isEqualTo(before);
            Gateway.answersThrough(machine.plug(NET.with("packed=on")));
        }
    }

    /** 4 GiB do not fit the 2 MiB that a port keeps. */
    @Test
    void aDeviceThatFindsNoPlaceIsTakenOutAgain(@TempDir Path folder) throws Exception {
        QemuCommandLine line =
                QemuCommandLine.DEFAULT
                        .withDevice(QemuDevice.hotPlugPort())
                        .withArguments(
                                "-object",
                                "memory-backend-ram,id=shm,size=4G,share=on,reserve=off");
        try (QemuMachine machine = QemuMachine.start(line, QemuProcess.launcher())) {
            machine.pci();
            assertThatThrownBy(() -> machine.plug(QemuDevice.of("ivshmem-plain", "memdev=shm")))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("no addresses are left for the 0x100000000 bytes")
                    .hasNoSuppressedExceptions();
            assertThat(children(machine, "/machine/peripheral"))
                    .noneMatch(name -> name.startsWith("plugged"));
            Gateway.answersThrough(machine.plug(NET));
        }
    }

    @Test
    void aMachineThatIsGonePlugsNothing() {
        QemuMachine machine = start();
        machine.plug(NET);
        machine.close();
        assertThatThrownBy(() -> machine.plug(NET)).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(() -> machine.unplug("net1")).isInstanceOf(DeviceLostException.class);
    }
}
