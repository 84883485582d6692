package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.memory.Extent;
import dev.virtq.testing.Clause;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@RequiresQemu
@Timeout(60)
class QemuMachineTest {
    private static final long MIB = 1L << 20;
    private static final long FOUR_GIB = 1L << 32;

    @Test
    void aMachineLeavesNoFileWhileItRunsAndNoProcessWhenItIsClosed() throws Exception {
        List<Path> before = folders();
        QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet());
        ProcessHandle qemu = process(machine);
        try (machine) {
            assertThat(machine.qmp().execute("query-status").path("running").asBoolean()).isTrue();
            assertThat(machine.lost()).isEmpty();
            assertThat(machine.provenDead()).isFalse();
            assertThat(folders()).isEqualTo(before);
        }
        assertThat(qemu.isAlive()).isFalse();
        assertThat(machine.provenDead()).isTrue();
        assertThat(machine.lost()).isPresent();
        machine.close();
    }

    @Test
    void ramIsSharedBothWays() {
        byte[] bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);
        MemorySegment data = MemorySegment.ofArray(bytes);
        MemorySegment copy = MemorySegment.ofArray(new byte[bytes.length]);
        try (QemuMachine machine = QemuMachine.start()) {
            MemorySegment ram = machine.ram().segment();
            ram.asSlice(3 * MIB, bytes.length).copyFrom(data);
            machine.qtest().memory().read(3 * MIB, copy);
            assertThat(copy.mismatch(data)).isEqualTo(-1);
            machine.qtest().memory().b64read(3 * MIB, copy.fill((byte) 0));
            assertThat(copy.mismatch(data)).isEqualTo(-1);

            machine.qtest().memory().write(8 * MIB + 1, data);
            assertThat(ram.asSlice(8 * MIB + 1, bytes.length).mismatch(data)).isEqualTo(-1);
            machine.qtest().memory().b64write(16 * MIB + 1, data);
            assertThat(ram.asSlice(16 * MIB + 1, bytes.length).mismatch(data)).isEqualTo(-1);
            machine.qtest().writeq(2 * MIB, 0x0102_0304_0506_0708L);
            assertThat(ram.get(ValueLayout.JAVA_BYTE, 2 * MIB)).isEqualTo((byte) 8);
        }
    }

    @Test
    void ramIsOneRunFromTheFirstMegabyteOn() {
        try (QemuMachine machine = QemuMachine.start()) {
            assertThat(machine.memory().extents()).containsExactly(new Extent(MIB, 255 * MIB));
        }
    }

    @Test
    @Clause("6.1#4")
    void ramThatIsSplitByAUsersMachineOptionHasTwoExtents() {
        QemuCommandLine split =
                QemuCommandLine.DEFAULT.withArguments("-machine", "q35,max-ram-below-4g=128M");
        try (QemuMachine machine = QemuMachine.start(split, QemuProcess.launcher())) {
            assertThat(machine.memory().extents())
                    .containsExactly(new Extent(MIB, 127 * MIB), new Extent(FOUR_GIB, 128 * MIB));
            machine.ram().segment().set(ValueLayout.JAVA_BYTE, 128 * MIB, (byte) 0x5a);
            assertThat(machine.qtest().readb(FOUR_GIB)).isEqualTo(0x5a);
        }
    }

    @Test
    void theNetworkDeviceIsOnTheBusWithItsBarsAssigned() {
        try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
            PciFunction net = net(machine);
            assertThat(net.configSpace().readInt(0)).isEqualTo(0x1041_1af4);
            assertThat(net.bars())
                    .extracting(PciBar::index, PciBar::kind, PciBar::address, PciBar::size)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple(
                                    1, PciBar.Kind.MEMORY_32, 0xc000_4000L, 0x1000L),
                            org.assertj.core.groups.Tuple.tuple(
                                    4, PciBar.Kind.MEMORY_64, 0xc000_0000L, 0x4000L));
            // QEMU sees them where they were put.
            assertThat(machine.qmp().monitor("info pci"))
                    .contains("BAR1: 32 bit memory at 0xc0004000 [0xc0004fff]")
                    .contains("BAR4: 64 bit prefetchable memory at 0xc0000000 [0xc0003fff]");
            RegisterWindow bar = net.bar(4);
            assertThat(bar.readByte(0x2000) & 0xff).as("first byte of the MAC").isEqualTo(0x52);
            assertThat(bar.readByte(0x2005) & 0xff).as("last byte of the MAC").isEqualTo(0x56);
            assertThatIllegalArgumentException().isThrownBy(() -> bar.readInt(2));
            assertThatIllegalArgumentException().isThrownBy(() -> net.bar(0));
            RegisterWindow ports = machine.pci().function(new PciAddress(0, 0x1f, 2)).bar(4);
            assertThat(ports.size()).as("registers at ports").isEqualTo(32);
            assertThat(ports.readInt(0)).isZero();
            assertThatThrownBy(() -> bar.readInt(bar.size()))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aPlaceOnTheBusWithoutAFunctionIsAnErrorThatNamesThoseThatAreThere() {
        try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.pci().function(new PciAddress(0, 9, 0)))
                    .withMessageContaining("00:01.0 (1af4:1041)");
        }
    }

    @Test
    void anMsiXMessageArrivesAsAWordOfTheRam() throws Exception {
        try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
            PciFunction net = net(machine);
            MessageInterrupt interrupt = net.allocateMessage(0).orElseThrow();
            MessageInterrupt.Message message = interrupt.message().orElseThrow();
            assertThat(message.address()).isBetween(0x1000L, 0x9ffffL);
            RegisterWindow table = net.bar(1);
            table.writeInt(0, (int) message.address());
            table.writeInt(4, 0);
            table.writeInt(8, message.data());
            table.writeInt(12, 0);
            enableMsiX(net.configSpace());
            driverOkWithConfigVector(net.bar(4));
            interrupt.poll();
            assertThat(interrupt.await(1_000_000)).isFalse();

            machine.qmp().execute("set_link", Map.of("name", "n0", "up", false));
            assertThat(interrupt.await(1_000_000_000)).isTrue();
            assertThat(interrupt.poll()).isFalse();

            machine.qmp().execute("set_link", Map.of("name", "n0", "up", true));
            assertThat(interrupt.await(1_000_000_000)).isTrue();
            interrupt.close();
            interrupt.close();
        }
    }

    @Test
    void tenThousandDoorbellsDoNotStopQemu() {
        try (QemuMachine machine = QemuMachine.start()) {
            for (int i = 1; i <= 10_000; i++) {
                machine.qtest().postl(MIB, i);
            }
            assertThat(machine.qtest().readl(MIB)).isEqualTo(10_000);
        }
    }

    @Test
    void interruptLinesAreInterceptedByPathAndAnUnknownPathIsRefused() throws Exception {
        try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
            assertThatThrownBy(() -> machine.qtest().interceptInterrupts("nobody"))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("FAIL");
            machine.qtest().interceptInterrupts("ioapic");
            RegisterWindow bar = net(machine).bar(4);
            driverOk(bar);
            machine.qmp().execute("set_link", Map.of("name", "n0", "up", false));
            QtestInterrupts lines = machine.qtest().interrupts();
            int line = 0;
            for (int tries = 0; tries < 400 && line == 0; tries++) {
                Thread.sleep(5);
                for (int i = 16; i < 24; i++) {
                    line = lines.isRaised(i) ? i : line;
                }
            }
            assertThat(line).as("the INTx line of the device").isNotZero();
            assertThat(bar.readByte(0x1000)).as("ISR").isEqualTo((byte) 3);
            machine.qtest().drain();
            assertThat(lines.isRaised(line)).isFalse();
        }
    }

    @Test
    @SuppressWarnings("try") // one is closed early on purpose
    void twoMachinesRunAtATime() {
        try (QemuMachine one = QemuMachine.start(QemuDevice.virtioNet());
                QemuMachine two =
                        QemuMachine.start(QemuDevice.virtioNet().withMac("52:54:00:00:00:02"))) {
            one.ram().segment().set(ValueLayout.JAVA_BYTE, MIB, (byte) 1);
            two.ram().segment().set(ValueLayout.JAVA_BYTE, MIB, (byte) 2);
            assertThat(one.qtest().readb(MIB)).isEqualTo(1);
            assertThat(two.qtest().readb(MIB)).isEqualTo(2);
            assertThat(net(two).bar(4).readByte(0x2005)).isEqualTo((byte) 2);
            one.close();
            assertThat(two.qtest().readb(MIB)).isEqualTo(2);
        }
    }

    @Test
    void aQemuThatFailsToStartIsShownWithWhatItSaid() throws Exception {
        List<Path> before = folders();
        long start = System.nanoTime();
        assertThatThrownBy(() -> QemuMachine.start(QemuDevice.of("no-such-device")))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("qemu-system-x86_64 exited with status 1: ")
                .hasMessageContaining("no-such-device")
                .hasMessageNotContaining("\n");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        assertThat(folders()).isEqualTo(before);
    }

    @Test
    void aMachineWithoutTheQ35BridgeHasNoBusHere() {
        QemuCommandLine pc = QemuCommandLine.DEFAULT.withArguments("-machine", "pc");
        try (QemuMachine machine = QemuMachine.start(pc, QemuProcess.launcher())) {
            assertThatThrownBy(machine::pci)
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("use a q35 machine");
        }
    }

    @Test
    void aQemuThatIsKilledIsNoticedAtOnceByWhoeverWaits() throws Exception {
        try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
            MessageInterrupt interrupt = net(machine).allocateMessage(0).orElseThrow();
            ProcessHandle qemu = process(machine);
            long start = System.nanoTime();
            Thread.ofVirtual()
                    .start(() -> {
                        sleep(100);
                        qemu.destroyForcibly();
                    });
            assertThatThrownBy(() -> interrupt.await(30_000_000_000L))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("is gone");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
            assertThatThrownBy(() -> machine.qtest().readl(0))
                    .isInstanceOf(DeviceLostException.class);
            assertThatThrownBy(() -> machine.qmp().execute("query-status"))
                    .isInstanceOf(DeviceLostException.class);
            assertThat(machine.lost()).isPresent();
            for (int tries = 0; tries < 100 && !machine.provenDead(); tries++) {
                Thread.sleep(5);
            }
            assertThat(machine.provenDead()).isTrue();
        }
    }

    @Test
    void memoryStaysReadableAfterItsMachineIsClosed() {
        MemorySegment ram;
        try (QemuMachine machine = QemuMachine.start()) {
            ram = machine.ram().segment();
            ram.set(ValueLayout.JAVA_BYTE, 5 * MIB, (byte) 7);
        }
        assertThat(ram.get(ValueLayout.JAVA_BYTE, 5 * MIB)).isEqualTo((byte) 7);
    }

    @Test
    void aMachineThatHangsIsEndedAllTheSame() throws Exception {
        QemuMachine machine = QemuMachine.start();
        ProcessHandle qemu = process(machine);
        // A stopped process answers nothing and takes no SIGTERM.
        new ProcessBuilder("kill", "-STOP", Long.toString(qemu.pid())).start().waitFor();
        long start = System.nanoTime();
        machine.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
        assertThat(machine.provenDead()).isTrue();
    }

    private static PciFunction net(QemuMachine machine) {
        return machine.pci().function(new PciAddress(0, 1, 0));
    }

    private static void enableMsiX(RegisterWindow config) {
        int capability = config.readByte(0x34) & 0xff;
        while (config.readByte(capability) != 0x11) {
            capability = config.readByte(capability + 1) & 0xff;
            assertThat(capability).as("an MSI-X capability").isNotZero();
        }
        config.writeShort(capability + 2, (short) (config.readShort(capability + 2) | 0x8000));
    }

    private static void driverOkWithConfigVector(RegisterWindow common) {
        start(common);
        common.writeShort(0x10, (short) 0); // config_msix_vector
        common.writeByte(0x14, (byte) 0xf);
    }

    private static void driverOk(RegisterWindow common) {
        start(common);
        common.writeByte(0x14, (byte) 0xf);
    }

    /** The steps of section 3.1.1 up to FEATURES_OK, with VERSION_1 and VIRTIO_NET_F_STATUS. */
    private static void start(RegisterWindow common) {
        common.writeByte(0x14, (byte) 0);
        common.writeByte(0x14, (byte) 3);
        common.writeInt(0x8, 0);
        common.writeInt(0xc, 1 << 16);
        common.writeInt(0x8, 1);
        common.writeInt(0xc, 1);
        common.writeByte(0x14, (byte) 0xb);
        assertThat(common.readByte(0x14)).isEqualTo((byte) 0xb);
    }

    private static ProcessHandle process(QemuMachine machine) {
        long pid = Long.parseLong(machine.name().replace("process ", ""));
        return ProcessHandle.of(pid).orElseThrow();
    }

    private static List<Path> folders() throws Exception {
        try (var files = Files.list(Path.of("/dev/shm"))) {
            return files.filter(
                            file -> file.getFileName().toString().startsWith(RunFolder.ownPrefix()))
                    .toList();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
    }
}
