package dev.virtq.machine.qemu;

import static dev.virtq.machine.qemu.HotPlugRig.NET;
import static dev.virtq.machine.qemu.HotPlugRig.children;
import static dev.virtq.machine.qemu.HotPlugRig.inFirstPort;
import static dev.virtq.machine.qemu.HotPlugRig.names;
import static dev.virtq.machine.qemu.HotPlugRig.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceLostException;
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
import dev.virtq.transport.pci.PciFunction;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of whoever drives, waits for or holds on to a device that is taken out. */
@RequiresQemu
@Timeout(60)
class RemovedDeviceTest {
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
}
