package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.InterruptMode;
import dev.virtq.queue.QueueOptions;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciDescription;
import dev.virtq.transport.pci.PciFunction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Network devices all over the buses of a QEMU. */
@RequiresQemu
@Timeout(60)
class BridgedBusTest {
    private static final long GIB = 1L << 30;
    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);

    private final List<String> arguments = new ArrayList<>();
    private int networks;

    private void device(String options) {
        arguments.addAll(List.of("-device", options));
    }

    private void net(String options) {
        String id = "extra" + networks++;
        arguments.addAll(List.of("-netdev", "user,id=" + id));
        device("virtio-net-pci,disable-legacy=on,netdev=" + id + "," + options);
    }

    private QemuMachine start() {
        return QemuMachine.start(
                QemuCommandLine.DEFAULT
                        .withDevice(QemuDevice.virtioNet())
                        .withArguments(arguments.toArray(String[]::new)),
                QemuProcess.launcher());
    }

    @Test
    void anArpRequestIsAnsweredThroughEveryDeviceBehindWhateverBridge() throws Exception {
        device("pcie-root-port,id=one,chassis=1,addr=2");
        device("pcie-root-port,id=two,chassis=2,addr=3");
        device("pcie-root-port,id=conventional,chassis=3,addr=4");
        device("pcie-pci-bridge,id=adapter,bus=conventional");
        device("pci-bridge,id=old,bus=adapter,chassis_nr=4,addr=1");
        device("ioh3420,id=switched,chassis=5,addr=5");
        device("x3130-upstream,id=up,bus=switched");
        device("xio3130-downstream,id=down0,bus=up,chassis=6,addr=0");
        device("xio3130-downstream,id=down1,bus=up,chassis=7,addr=1");
        net("bus=one");
        net("bus=two,modern-pio-notify=on");
        net("bus=adapter,addr=2");
        net("bus=old,addr=7");
        net("bus=down1");
        net("addr=9.0,multifunction=on");
        net("addr=9.1");

        try (QemuMachine machine = start()) {
            List<AttachedDevice> nets =
                    machine.devices().stream()
                            .filter(device -> device.type().equals(Optional.of(DeviceType.NETWORK)))
                            .toList();
            assertThat(nets)
                    .extracting(Object::toString)
                    .containsExactly(
                            "net0 (pci 00:01.0)",
                            "net1 (pci 00:09.0)",
                            "net2 (pci 00:09.1)",
                            "net3 (pci 01:00.0)",
                            "net4 (pci 02:00.0)",
                            "net5 (pci 04:02.0)",
                            "net6 (pci 05:07.0)",
                            "net7 (pci 09:00.0)");
            for (AttachedDevice net : nets) {
                Gateway.answersThrough(net);
            }
            machine.interruptBy(InterruptMode.INTX);
            for (AttachedDevice net : nets) {
                try (ArpExchange exchange = new ArpExchange(net.open(), NO_SPIN)) {
                    exchange.ask();
                    assertThat(exchange.receive.missedInterrupts()).as("of %s", net).isZero();
                    assertThat(exchange.transmit.missedInterrupts()).as("of %s", net).isZero();
                }
            }
            PciFunction withPorts = machine.pci().function(new PciAddress(2, 0, 0));
            assertThat(withPorts.bars()).extracting(PciBar::kind).contains(PciBar.Kind.IO);
            for (PciFunction function : machine.pci().functions()) {
                assertThat(PciDescription.of(function).problems())
                        .as("problems of %s", function)
                        .isEmpty();
            }
            assertThat(machine.pci().functions())
                    .extracting(function -> function.address().toString())
                    .isSorted();
        }
    }

    /** A region of a gibibyte behind two bridges, both of which have to pass it on. */
    @Test
    void aLargeRegionIsReachedAboveFourGibibytes() {
        arguments.addAll(
                List.of(
                        "-object",
                        "memory-backend-ram,id=shm,size=1G,share=on,reserve=off",
                        "-device",
                        "ioh3420,id=switched,chassis=5,addr=5"));
        device("x3130-upstream,id=up,bus=switched");
        device("xio3130-downstream,id=down,bus=up,chassis=6");
        device("ivshmem-plain,memdev=shm,bus=down");
        try (QemuMachine machine = start()) {
            PciFunction shared = machine.pci().function(new PciAddress(3, 0, 0));
            PciBar region =
                    shared.bars().stream()
                            .filter(bar -> bar.size() == GIB)
                            .findFirst()
                            .orElseThrow();
            assertThat(region.address()).isGreaterThanOrEqualTo(0x80_0000_0000L);
            shared.bar(region.index()).writeInt(GIB - 4, 0x1234_5678);
            assertThat(shared.bar(region.index()).readInt(GIB - 4)).isEqualTo(0x1234_5678);
            assertThat(machine.qtest().readl(region.address() + GIB - 4)).isEqualTo(0x1234_5678);
            assertThat(shared.bar(region.index()).readInt(0)).isZero();
        }
    }
}
