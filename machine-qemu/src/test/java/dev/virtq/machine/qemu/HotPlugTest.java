package dev.virtq.machine.qemu;

import static dev.virtq.machine.qemu.HotPlugRig.NET;
import static dev.virtq.machine.qemu.HotPlugRig.named;
import static dev.virtq.machine.qemu.HotPlugRig.names;
import static dev.virtq.machine.qemu.HotPlugRig.round;
import static dev.virtq.machine.qemu.HotPlugRig.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that come and go while the machine runs. */
@RequiresQemu
@Timeout(60)
class HotPlugTest {
    @Test
    void aDeviceThatIsPluggedInIsThereAndWorks() throws Exception {
        try (QemuMachine machine = start()) {
            assertThat(names(machine)).contains("net0").doesNotContain("net1");

            AttachedDevice plugged = machine.plug(NET.withMac("52:54:00:12:34:57"));

            assertThat(plugged.name()).isEqualTo("net1");
            assertThat(plugged.type()).contains(DeviceType.NETWORK);
            assertThat(plugged.location()).isEqualTo("pci 01:00.0");
            assertThat(names(machine)).contains("net0", "net1");
            PciFunction function = machine.pci().function(new PciAddress(1, 0, 0));
            assertThat(function.bar(4).readByte(0x2005))
                    .as("last byte of its MAC")
                    .isEqualTo((byte) 0x57);
            Gateway.answersThrough(plugged);
            Gateway.answersThrough(named(machine, "net0"));
        }
    }

    @Test
    void itsRegistersAreWithinWhatThePortPassesOn() {
        try (QemuMachine machine = start()) {
            machine.plug(NET);
            machine.plug(NET);
            for (int port = 0; port < 2; port++) {
                RegisterWindow bridge =
                        machine.pci().function(new PciAddress(0, 2 + port, 0)).configSpace();
                int bus = bridge.readByte(0x19);
                long base = (bridge.readShort(0x20) & 0xfff0L) << 16;
                long limit = ((bridge.readShort(0x22) & 0xfff0L) << 16) + 0xf_ffff;
                List<PciBar> bars = machine.pci().function(new PciAddress(bus, 0, 0)).bars();
                assertThat(bars).hasSize(2);
                for (PciBar bar : bars) {
                    assertThat(bar.address()).isBetween(base, limit);
                    assertThat(bar.address() + bar.size() - 1).isBetween(base, limit);
                }
            }
        }
    }

    @Test
    void anIdleDeviceIsUnpluggedAndItsPlaceCanBeTakenAgain() throws Exception {
        try (QemuMachine machine = start()) {
            AttachedDevice first = machine.plug(NET);
            Gateway.answersThrough(first);

            machine.unplug("net1");

            assertThat(names(machine)).doesNotContain("net1");
            assertThatThrownBy(first::open)
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessage("pci 01:00.0 is gone: it was unplugged");
            AttachedDevice second = machine.plug(NET);
            assertThat(second.name()).isEqualTo("net1");
            assertThat(second.location()).isEqualTo(first.location());
            Gateway.answersThrough(second);
            assertThatThrownBy(first::open).isInstanceOf(DeviceLostException.class);
        }
    }

    @Test
    void tenRoundsLeaveNothingBehindInQemuOrHere() throws Exception {
        try (QemuMachine machine = start()) {
            round(machine);
            HotPlugRig.State before = HotPlugRig.State.of(machine);
            for (int i = 0; i < 10; i++) {
                round(machine);
            }
            assertThat(HotPlugRig.State.of(machine)).isEqualTo(before);
        }
    }

    @Test
    void aDeviceThatWasThereFromTheStartIsUnpluggedByItsId() throws Exception {
        QemuCommandLine line =
                QemuCommandLine.DEFAULT
                        .withDevice(QemuDevice.hotPlugPort())
                        .withDevice(QemuDevice.of("virtio-rng-pci", "bus=hotplug0", "id=dice"))
                        .withDevice(NET);
        try (QemuMachine machine = QemuMachine.start(line, QemuProcess.launcher())) {
            AttachedDevice rng = named(machine, "rng0");
            assertThat(rng.location()).isEqualTo("pci 01:00.0");
            try (Transport transport = rng.open()) {
                machine.unplug("rng0");
                assertThat(transport.lost()).isPresent();
                assertThat(transport.deviceProvenDead())
                        .as("whether it is known who works on its queues")
                        .isFalse();
            }
            assertThat(names(machine)).doesNotContain("rng0");
            Gateway.answersThrough(machine.plug(NET));
        }
    }

    @Test
    void theFunctionsOfOneDeviceGoTogether() throws Exception {
        QemuCommandLine line =
                QemuCommandLine.DEFAULT
                        .withDevice(QemuDevice.hotPlugPort())
                        .withDevice(
                                QemuDevice.of(
                                        "virtio-rng-pci",
                                        "bus=hotplug0",
                                        "id=a",
                                        "addr=0.0",
                                        "multifunction=on"))
                        .withDevice(
                                QemuDevice.of(
                                        "virtio-rng-pci", "bus=hotplug0", "id=b", "addr=0.1"));
        try (QemuMachine machine = QemuMachine.start(line, QemuProcess.launcher())) {
            try (Transport other = named(machine, "rng1").open()) {
                machine.unplug("rng0");
                assertThat(other.lost()).isPresent();
                assertThat(other.deviceProvenDead()).isFalse();
            }
            assertThat(names(machine)).doesNotContain("rng0", "rng1");
            Gateway.answersThrough(machine.plug(NET));
        }
    }
}
