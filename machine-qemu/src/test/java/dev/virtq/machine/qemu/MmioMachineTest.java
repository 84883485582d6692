package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.VirtioDevice;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Prerequisite;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A network device over MMIO, on machines without PCI. */
@RequiresQemu
@Timeout(60)
class MmioMachineTest {

    static void require(MachineType type) {
        String missing = null;
        try {
            QemuProcess.find(type.binary());
        } catch (QemuException e) {
            missing = e.getMessage();
        }
        Prerequisite.QEMU.check(missing == null, String.valueOf(missing));
    }

    private static QemuMachine start(MachineType type, String... options) {
        require(type);
        VirtioNetDevice net = QemuDevice.virtioNet();
        for (String option : options) {
            net = net.with(option);
        }
        return QemuMachine.start(
                QemuCommandLine.DEFAULT.withMachineType(type).withDevice(net),
                QemuProcess.launcher());
    }

    @ParameterizedTest
    @CsvSource({
        "MICROVM, packed=off",
        "MICROVM, packed=on",
        "VIRT, packed=off",
        "VIRT, packed=on",
    })
    void anArpRequestIsAnswered(MachineType type, String format) throws Exception {
        try (QemuMachine machine = start(type, format);
                ArpExchange exchange =
                        new ArpExchange(
                                machine.transport(DeviceType.NETWORK),
                                QueueOptions.DEFAULT,
                                CommonFeature.EVENT_IDX)) {
            assertThat(exchange.device.has(CommonFeature.RING_PACKED))
                    .isEqualTo(format.endsWith("on"));
            exchange.ask();
        }
    }

    @Test
    void theDeviceIsInTheLastSlot() {
        try (QemuMachine machine = start(MachineType.MICROVM)) {
            assertThat(machine.devices()).hasToString("[net0 (mmio 0xfeb02e00)]");
            assertThat(machine.mmio().occupied()).hasSize(1);
            assertThatThrownBy(machine::pci)
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("q35");
        }
    }

    /** QEMU offers the feature over MMIO, and does nothing when it is asked. */
    @Test
    void aQueueResetThatQemuDoesNotDoIsRefusedAndTheMemoryKept() {
        try (QemuMachine machine = start(MachineType.MICROVM);
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of());
            assertThat(device.has(CommonFeature.RING_RESET)).isTrue();
            Virtqueue queue = device.queue(1);
            device.start();
            long before = device.memory().available();

            assertThatThrownBy(() -> device.resetQueue(1))
                    .isInstanceOf(DeviceFaultException.class)
                    .hasMessageContaining("QueueReset reads 0 and QueueReady 1");
            assertThat(device.memory().available()).isEqualTo(before);
            assertThat(queue.size()).isPositive();
        }
    }

    @Test
    void legacyRegistersAreRefusedWithTheOptionThatWouldMakeThemModern() {
        QemuCommandLine legacy =
                QemuCommandLine.DEFAULT
                        .withMachineType(MachineType.MICROVM)
                        .withDevice(QemuDevice.virtioNet())
                        .withArguments("-global", "virtio-mmio.force-legacy=true");
        try (QemuMachine machine = QemuMachine.start(legacy, QemuProcess.launcher())) {
            assertThat(machine.devices()).hasToString("[mmio-feb02e00 (mmio 0xfeb02e00)]");
            assertThatThrownBy(() -> machine.devices().getFirst().open())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-global virtio-mmio.force-legacy=false");
        }
    }
}
