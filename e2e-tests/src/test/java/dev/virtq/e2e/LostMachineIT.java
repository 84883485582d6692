package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.qemu.QemuDevice;
import dev.virtq.machine.qemu.QemuMachine;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QEMU can end at any moment. Whoever waits for one of its devices hears of it at once. */
class LostMachineIT {
    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local"})
    void everyWaiterHearsWithinASecondThatQemuWasKilled(String kind) throws Exception {
        Set<Long> before = qemuProcesses();
        try (Machine machine = Machines.require(kind).start(MachineOptions.DEFAULT);
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK));
                var threads = Executors.newCachedThreadPool()) {
            device.negotiate(List.of());
            Virtqueue own = device.queue(0);
            var shared = device.queue(1).share();
            device.start();
            // Buffers to receive into, and nobody sends: both wait until something happens.
            Future<Throwable> owner =
                    threads.submit(() -> {
                        TransferToken token =
                                own.prepare(BufferList.receiveOnly(device.memory().allocate(2048)));
                        Transfer transfer = token.send();
                        return catchThrowable(() -> transfer.await(Duration.ofMinutes(1)));
                    });
            List<Future<Throwable>> waiters = new ArrayList<>(List.of(owner));
            Thread.sleep(300); // until they sleep, and do not spin any more

            Set<Long> ours = qemuProcesses();
            ours.removeAll(before);
            assertThat(ours).as("QEMU processes of this machine").isNotEmpty();
            long killed = System.nanoTime();
            ours.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));

            for (Future<Throwable> waiter : waiters) {
                assertThat(waiter.get(5, TimeUnit.SECONDS)).isInstanceOf(DeviceLostException.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - killed))
                    .isLessThan(Duration.ofSeconds(1));
            TransferToken late = shared.prepare(BufferList.send(device.memory().allocate(64)));
            assertThat(catchThrowable(() -> shared.send(late).get(1, TimeUnit.SECONDS)))
                    .satisfiesAnyOf(
                            thrown -> assertThat(thrown).isInstanceOf(DeviceLostException.class),
                            thrown ->
                                    assertThat(thrown)
                                            .hasCauseInstanceOf(DeviceLostException.class));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local"})
    void theNetworkDriverHearsWithinASecondThatItsDeviceWasUnplugged(String kind) throws Exception {
        try (QemuMachine machine =
                        (QemuMachine) Machines.require(kind).start(MachineOptions.DEFAULT);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 3; round++) {
                AttachedDevice plugged = machine.plug(QemuDevice.virtioNet());
                assertThat(plugged.name()).isEqualTo("net1");
                try (NetDevice net = NetDevice.open(plugged.open())) {
                    Future<Long> unplugged =
                            threads.submit(() -> {
                                Thread.sleep(300); // until the driver sleeps, and spins no more
                                long asked = System.nanoTime();
                                machine.unplug("net1");
                                return asked;
                            });

                    assertThat(catchThrowable(() -> net.receive(Duration.ofMinutes(1))))
                            .isInstanceOf(DeviceLostException.class)
                            .hasMessageContaining("it was unplugged");

                    long heard = System.nanoTime();
                    assertThat(Duration.ofNanos(heard - unplugged.get(5, TimeUnit.SECONDS)))
                            .isLessThan(Duration.ofSeconds(1));
                }
            }
            try (NetDevice first = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
                assertThat(first.mac()).hasToString("52:54:00:12:34:56");
            }
        }
    }

    private static Set<Long> qemuProcesses() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().command().orElse("").contains("qemu-system"))
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }
}
