package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Devices that come and go while the machine runs. */
@RequiresQemu
@Timeout(60)
class HotPlugTest {
    private static final VirtioNetDevice NET = QemuDevice.virtioNet();

    private static QemuMachine start() {
        return QemuMachine.start(NET, QemuDevice.hotPlugPort(), QemuDevice.hotPlugPort());
    }

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
    void whoWaitsForADeviceHearsWithinASecondThatItWasUnplugged() throws Exception {
        try (QemuMachine machine = start()) {
            AttachedDevice plugged = machine.plug(NET);
            long free = machine.memory().available();
            Transport transport = plugged.open();
            VirtioDevice device = VirtioDevice.open(transport);
            device.negotiate(List.of());
            Virtqueue receive = device.queue(0);
            device.queue(1);
            device.start();
            CompletableFuture<Throwable> waiter = new CompletableFuture<>();
            CompletableFuture<Boolean> waits = new CompletableFuture<>();
            Thread thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                DmaBuffer space = device.memory().allocate(2048);
                                try (TransferToken in =
                                        receive.prepare(BufferList.receiveOnly(space))) {
                                    var transfer = in.send();
                                    receive.flush();
                                    waits.complete(true);
                                    waiter.complete(
                                            catchThrowable(
                                                    () -> transfer.await(Duration.ofSeconds(30))));
                                }
                            });
            waits.get(5, TimeUnit.SECONDS);
            Thread.sleep(200); // until it sleeps, and does not spin any more

            long start = System.nanoTime();
            machine.unplug("net1");

            assertThat(waiter.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("it was unplugged");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
            thread.join();
            assertThat(transport.lost()).isPresent();
            assertThat(transport.deviceProvenDead()).isTrue();
            assertThatThrownBy(transport::readStatus).isInstanceOf(DeviceLostException.class);
            device.close();
            assertThat(machine.memory().available())
                    .as("free memory: QEMU writes to none of it any more")
                    .isEqualTo(free);
            assertThat(machine.lost()).isEmpty();
            Gateway.answersThrough(machine.plug(NET));
        }
    }

    /** Its addresses are another device's by then. */
    @Test
    void whoHoldsOnToADeviceDoesNotReachTheNextOneInItsPlace() throws Exception {
        try (QemuMachine machine = start()) {
            AttachedDevice first = machine.plug(NET);
            PciFunction old = machine.pci().function(new PciAddress(1, 0, 0));
            Transport stale = first.open();
            machine.unplug("net1");
            AttachedDevice second = machine.plug(NET);
            try (Transport fresh = second.open()) {
                fresh.writeStatus(1);
                assertThat(old.configSpace().readInt(0)).isEqualTo(-1);
                assertThat(old.bar(4).readByte(0x14)).isEqualTo((byte) -1);
                assertThat(old.bar(4).readShort(0x12)).isEqualTo((short) -1);
                stale.writeStatus(0);
                old.bar(4).writeByte(0x14, (byte) 0);
                old.bar(4).postShort(0x3000, (short) 0);
                stale.close();
                assertThat(fresh.readStatus()).isEqualTo(1);
                assertThat(fresh.lost()).isEmpty();
            }
            Gateway.answersThrough(second);
        }
    }

    /** Also when it is in the middle of an access while one goes and the other comes. */
    @Test
    void whoNeverStopsWritingToADeviceThatIsGoneDisturbsNoneOfTheNext() throws Exception {
        try (QemuMachine machine = start()) {
            machine.plug(NET);
            AtomicReference<PciFunction> old = new AtomicReference<>(inFirstPort(machine));
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong writes = new AtomicLong();
            Thread writer =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!over.get()) {
                                    old.get().bar(4).writeByte(0x14, (byte) 0); // a reset
                                    writes.incrementAndGet();
                                }
                            });
            try {
                for (int round = 0; round < 20; round++) {
                    PciFunction next;
                    machine.unplug("net1");
                    try (Transport fresh = machine.plug(NET).open()) {
                        next = inFirstPort(machine);
                        fresh.writeStatus(1);
                        long before = writes.get();
                        while (writes.get() < before + 100) {
                            Thread.onSpinWait();
                        }
                        assertThat(fresh.readStatus()).as("status in round %d", round).isEqualTo(1);
                    }
                    old.set(next);
                }
            } finally {
                over.set(true);
                writer.join();
            }
        }
    }

    @Test
    void whoDrivesADeviceIsToldInTimeToLetGoOfIt() {
        try (QemuMachine machine = start()) {
            Transport transport = machine.plug(NET).open();
            transport.writeStatus(1);
            List<String> seen = new ArrayList<>();
            machine.unplug(
                    "net1",
                    () -> {
                        seen.add("status " + transport.readStatus());
                        transport.writeStatus(0);
                        seen.add("status " + transport.readStatus());
                        transport.close();
                    });
            assertThat(seen).containsExactly("status 1", "status 0");
            assertThat(names(machine)).doesNotContain("net1");

            machine.plug(NET);
            RuntimeException failure = new IllegalStateException("it does not want to");
            assertThatThrownBy(() ->
                            machine.unplug(
                                    "net1",
                                    () -> {
                                        throw failure;
                                    }))
                    .isSameAs(failure);
            assertThat(machine.plug(NET).name()).isEqualTo("net1");
            assertThat(machine.plug(NET).name()).isEqualTo("net2");
        }
    }

    @Test
    void everybodyWhoSharesAQueueHearsOfIt() throws Exception {
        try (QemuMachine machine = start();
                Transport transport = machine.plug(NET).open();
                VirtioDevice device = VirtioDevice.open(transport);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            device.negotiate(List.of());
            SharedVirtqueue shared = device.queue(0).share();
            device.queue(1);
            device.start();
            List<Future<Throwable>> waiters = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                waiters.add(
                        threads.submit(() -> {
                            TransferToken token =
                                    shared.prepare(
                                            BufferList.receiveOnly(device.memory().allocate(2048)));
                            return catchThrowable(
                                    () -> shared.send(token).get(30, TimeUnit.SECONDS));
                        }));
            }
            Thread.sleep(200);
            long start = System.nanoTime();
            machine.unplug("net1");
            for (Future<Throwable> waiter : waiters) {
                assertThat(waiter.get(5, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(DeviceLostException.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
        }
    }

    /** As somebody does who has QEMU delete the device and lets the slot go by hand. */
    @Test
    void aDeviceThatSomebodyElseHasTakenOutIsLostToo() throws Exception {
        try (QemuMachine machine = start()) {
            AttachedDevice plugged = machine.plug(NET);
            String id =
                    children(machine, "/machine/peripheral").stream()
                            .filter(name -> name.startsWith("plugged"))
                            .findFirst()
                            .orElseThrow();
            try (Transport transport = plugged.open()) {
                machine.qmp().execute("device_del", Map.of("id", id));
                RegisterWindow port = machine.pci().function(new PciAddress(0, 2, 0)).configSpace();
                int express = port.readByte(0x34) & 0xff;
                while (port.readByte(express) != 0x10) {
                    express = port.readByte(express + 1) & 0xff;
                }
                port.writeShort(express + 0x18, (short) 0x07c0);
                for (int tries = 0; tries < 400 && transport.lost().isEmpty(); tries++) {
                    Thread.sleep(5);
                }
                assertThat(transport.lost()).isPresent();
                assertThat(transport.deviceProvenDead()).isTrue();
            }
            assertThat(names(machine)).doesNotContain("net1");
            Gateway.answersThrough(machine.plug(NET));
            assertThat(
                            machine.qmp()
                                    .monitor("info network")
                                    .lines()
                                    .filter(line -> line.contains("type=user")))
                    .as("networks: of net0 and of what is in the port now")
                    .hasSize(2);
        }
    }

    @Test
    void tenRoundsLeaveNothingBehindInQemuOrHere() throws Exception {
        try (QemuMachine machine = start()) {
            round(machine);
            State before = State.of(machine);
            for (int i = 0; i < 10; i++) {
                round(machine);
            }
            assertThat(State.of(machine)).isEqualTo(before);
        }
    }

    private static void round(QemuMachine machine) throws InterruptedException {
        AttachedDevice plugged = machine.plug(NET);
        Gateway.answersThrough(plugged);
        machine.unplug(plugged.name());
    }

    /** What there is of a machine, in QEMU and here. */
    private record State(
            List<String> objects,
            List<String> unattached,
            String network,
            String pci,
            int filesHere,
            int filesOfQemu,
            long freeMemory) {
        static State of(QemuMachine machine) throws IOException {
            long pid = Long.parseLong(machine.name().replace("process ", ""));
            return new State(
                    children(machine, "/machine/peripheral"),
                    children(machine, "/machine/unattached"),
                    machine.qmp().monitor("info network"),
                    machine.qmp().execute("query-pci").toString(),
                    files("self"),
                    files(Long.toString(pid)),
                    machine.memory().available());
        }

        private static int files(String process) throws IOException {
            try (Stream<Path> files = Files.list(Path.of("/proc", process, "fd"))) {
                return (int) files.count();
            }
        }
    }

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
            State before = State.of(machine);
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
            assertThat(State.of(machine)).isEqualTo(before);
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

    @Test
    void aMachineThatIsGonePlugsNothing() {
        QemuMachine machine = start();
        machine.plug(NET);
        machine.close();
        assertThatThrownBy(() -> machine.plug(NET)).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(() -> machine.unplug("net1")).isInstanceOf(DeviceLostException.class);
    }

    private static PciFunction inFirstPort(QemuMachine machine) {
        return machine.pci().function(new PciAddress(1, 0, 0));
    }

    private static List<String> names(QemuMachine machine) {
        return machine.devices().stream().map(AttachedDevice::name).toList();
    }

    private static AttachedDevice named(QemuMachine machine, String name) {
        return machine.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> children(QemuMachine machine, String path) {
        return machine.qmp()
                .execute("qom-list", Map.of("path", path))
                .valueStream()
                .map(child -> child.path("name").asString())
                .sorted()
                .toList();
    }
}
