package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.VirtioDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Prerequisite;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A network device over MMIO, on machines without PCI. */
@RequiresQemu
@Timeout(60)
class MmioMachineTest {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int NET_HEADER = 12;

    /** A header of zeros. Who has 10.0.2.2? Tell 10.0.2.15. */
    private static final byte[] WHO_HAS =
            HexFormat.of()
                    .parseHex(
                            "00".repeat(NET_HEADER)
                                    + "ffffffffffff5254001234560806"
                                    + "0001080006040001"
                                    + "525400123456"
                                    + "0a00020f"
                                    + "000000000000"
                                    + "0a000202");

    private static void require(MachineType type) {
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
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of(CommonFeature.EVENT_IDX));
            assertThat(device.has(CommonFeature.RING_PACKED)).isEqualTo(format.endsWith("on"));
            Virtqueue receive = device.queue(0);
            Virtqueue transmit = device.queue(1);
            device.start();

            DmaBuffer space = device.memory().allocate(2048);
            DmaBuffer frame = device.memory().allocate(WHO_HAS.length);
            frame.view().copyFrom(MemorySegment.ofArray(WHO_HAS));
            try (TransferToken in = receive.prepare(BufferList.receiveOnly(space));
                    TransferToken out = transmit.prepare(BufferList.send(frame))) {
                in.submit();
                receive.flush();
                out.send().await(SOON);
                assertThat(receive.poll(SOON)).isSameAs(in);
                byte[] answer = in.received(0).toArray(ValueLayout.JAVA_BYTE);
                assertThat(HexFormat.of().formatHex(answer, NET_HEADER, answer.length))
                        .as("an ARP reply to our address, from 10.0.2.2")
                        .startsWith("525400123456" + "52550a000202" + "0806" + "0001080006040002");
            }
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
