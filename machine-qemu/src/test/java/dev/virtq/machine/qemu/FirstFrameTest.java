package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A frame goes through a ring into QEMU's network device, and its answer comes back. */
@RequiresQemu
@Timeout(60)
class FirstFrameTest {
    private static final Duration SOON = Duration.ofSeconds(2);

    /** Section 5.1.6: the header in front of a frame, with VIRTIO_F_VERSION_1. */
    private static final int NET_HEADER = 12;

    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;

    /** Who has 10.0.2.2? Tell 10.0.2.15. */
    private static final byte[] WHO_HAS =
            HexFormat.of()
                    .parseHex(
                            "ffffffffffff5254001234560806"
                                    + "0001080006040001"
                                    + "525400123456"
                                    + "0a00020f"
                                    + "000000000000"
                                    + "0a000202");

    private static Machine start(String... arguments) {
        MachineOptions options =
                MachineOptions.DEFAULT.withMemory(256L << 20).withQemuArguments(List.of(arguments));
        return new LocalQemuProvider().start(options);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-machine q35",
                "-machine q35,max-ram-below-4g=128M",
                "-global virtio-pci.modern-pio-notify=on",
                "-global virtio-net-pci.vectors=0",
                "-global virtio-net-pci.iommu_platform=on"
            })
    @Clause({"6.1#3", "6.1#4"})
    void anArpRequestIsAnswered(String arguments) throws Exception {
        try (Machine machine = start(arguments.split(" ", -1));
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of(CommonFeature.VERSION_1, CommonFeature.EVENT_IDX));
            assertThat(device.has(CommonFeature.ACCESS_PLATFORM))
                    .isEqualTo(arguments.contains("iommu_platform=on"));
            Virtqueue receive = device.queue(RECEIVE);
            Virtqueue transmit = device.queue(TRANSMIT);
            device.start();

            DmaBuffer space = device.memory().allocate(2048);
            try (TransferToken in = receive.prepare(BufferList.receiveOnly(space));
                    TransferToken out = transmit.prepare(frame(device))) {
                in.submit();
                receive.flush();
                out.send().await(SOON);
                assertThat(receive.poll(SOON)).isSameAs(in);
                byte[] answer = in.received(0).toArray(ValueLayout.JAVA_BYTE);
                String hex = HexFormat.of().formatHex(answer, NET_HEADER, answer.length);
                assertThat(hex)
                        .as("an ARP reply to our address, from 10.0.2.2")
                        .startsWith("525400123456" + "52550a000202" + "0806" + "0001080006040002")
                        .contains("0a000202" + "525400123456" + "0a00020f");
            }
        }
    }

    @Test
    @Clause("6.1#5")
    void thePackedRingIsTakenWhereItIsOffered() throws Exception {
        try (Machine machine = start("-global", "virtio-net-pci.packed=on");
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of());
            assertThat(device.has(CommonFeature.RING_PACKED)).isTrue();
            Virtqueue transmit = device.queue(TRANSMIT);
            device.start();
            try (TransferToken out = transmit.prepare(frame(device))) {
                out.send().await(SOON);
                assertThat(out.state()).isEqualTo(TransferState.COMPLETED);
            }
        }
    }

    @Test
    void whoWaitsForATransferLearnsAtOnceThatQemuWasKilled() throws Exception {
        try (Machine machine = start();
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of(CommonFeature.VERSION_1));
            Virtqueue receive = device.queue(RECEIVE);
            device.start();
            try (TransferToken in =
                    receive.prepare(BufferList.receiveOnly(device.memory().allocate(2048)))) {
                long pid = Long.parseLong(((QemuMachine) machine).name().substring(8));
                Thread killer =
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        Thread.sleep(200);
                                    } catch (InterruptedException interrupt) {
                                        Thread.currentThread().interrupt();
                                    }
                                    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                                });
                long start = System.nanoTime();
                assertThatThrownBy(() -> in.send().await(Duration.ofSeconds(20)))
                        .isInstanceOf(DeviceLostException.class);
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isLessThan(Duration.ofMillis(1200));
                killer.join();
            }
        }
    }

    @Test
    @SuppressWarnings("try") // the transport is closed early, which is what this is about
    void aDeviceIsOpenedOnceAtATime() {
        try (Machine machine = start()) {
            AttachedDevice net = device(machine, "net0");
            assertThat(net.type()).contains(DeviceType.NETWORK);
            assertThat(net.location()).isEqualTo("pci 00:01.0");
            try (Transport first = net.open()) {
                assertThat(first.deviceType()).isEqualTo(DeviceType.NETWORK);
                assertThatIllegalStateException()
                        .isThrownBy(net::open)
                        .withMessageContaining("net0");
                first.close();
                try (Transport second = net.open()) {
                    first.close();
                    assertThatIllegalStateException().isThrownBy(net::open);
                    assertThat(second.readStatus()).isZero();
                }
            }
        }
    }

    @Test
    void whatIsNoVirtioDeviceIsListedAndNotOpened() {
        try (Machine machine = start("-device", "virtio-rng-pci,disable-legacy=on")) {
            assertThat(machine.devices())
                    .extracting(AttachedDevice::name)
                    .contains("net0", "rng0", "pci-00:1f.2")
                    .isSorted();
            AttachedDevice sata = device(machine, "pci-00:1f.2");
            assertThat(sata.type()).isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(sata::open)
                    .withMessageContaining("not a virtio device");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.transport(DeviceType.BLOCK))
                    .withMessageContaining("net0");
        }
    }

    @Test
    void theDeviceOffersWhatItWasToldTo() {
        FeatureSet wanted = FeatureSet.of(CommonFeature.RING_PACKED);
        FeatureSet unwanted =
                FeatureSet.of(
                        CommonFeature.EVENT_IDX,
                        CommonFeature.INDIRECT_DESC,
                        CommonFeature.RING_RESET);
        MachineOptions options = MachineOptions.DEFAULT.offering(wanted).withholding(unwanted);
        try (Machine machine = new LocalQemuProvider().start(options);
                Transport transport = machine.transport(DeviceType.NETWORK)) {
            FeatureSet offered = transport.readOfferedFeatures();
            assertThat(offered.containsAll(wanted)).isTrue();
            assertThat(offered.intersection(unwanted)).isEqualTo(FeatureSet.EMPTY);
        }
        try (Machine machine = start();
                Transport transport = machine.transport(DeviceType.NETWORK)) {
            FeatureSet offered = transport.readOfferedFeatures();
            assertThat(offered.containsAll(unwanted)).isTrue();
            assertThat(offered.intersection(wanted)).isEqualTo(FeatureSet.EMPTY);
        }
    }

    @Test
    void buffersInOrderAreOfferedOrSaidToNeedANewerQemu() {
        FeatureSet wanted = FeatureSet.of(CommonFeature.IN_ORDER);
        try (Machine machine =
                        new LocalQemuProvider().start(MachineOptions.DEFAULT.offering(wanted));
                Transport transport = machine.transport(DeviceType.NETWORK)) {
            assertThat(transport.readOfferedFeatures().containsAll(wanted)).isTrue();
        } catch (QemuException tooOld) {
            assertThat(tooOld)
                    .hasMessage(
                            "this qemu-system-x86_64 cannot offer IN_ORDER: its devices have no"
                                    + " property 'in_order', which QEMU has since 9.1; take a newer"
                                    + " QEMU, or leave IN_ORDER alone");
        }
    }

    @Test
    void theMachineSaysWhatItIs() {
        try (Machine machine = start()) {
            assertThat(machine.kind()).isEqualTo("qemu-local");
            assertThat(machine.description()).matches("QEMU \\d+\\.\\d+\\.\\d+ in process \\d+");
            assertThat(machine.details().get("command line"))
                    .startsWith("qemu-system-x86_64 -nodefaults")
                    .contains("virtio-net-pci,netdev=n0");
        }
    }

    @Test
    void theProviderIsFoundOnTheModulePathAndOnTheClassPath() throws Exception {
        String provider = LocalQemuProvider.class.getName();
        assertThat(LocalQemuProvider.class.getModule().getDescriptor().provides())
                .anySatisfy(provides -> {
                    assertThat(provides.service()).isEqualTo(MachineProvider.class.getName());
                    assertThat(provides.providers()).containsExactly(provider);
                });
        try (InputStream services =
                LocalQemuProvider.class
                        .getModule()
                        .getResourceAsStream(
                                "META-INF/services/" + MachineProvider.class.getName())) {
            assertThat(services).hasContent(provider);
        }
        assertThat(new LocalQemuProvider().whatIsMissing()).isEmpty();
    }

    private static BufferList frame(VirtioDevice device) {
        DmaBuffer header = device.memory().allocate(NET_HEADER);
        DmaBuffer payload = device.memory().allocate(WHO_HAS.length);
        payload.copyFrom(0, MemorySegment.ofArray(WHO_HAS));
        return BufferList.send(header, payload);
    }

    private static AttachedDevice device(Machine machine, String name) {
        return machine.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
