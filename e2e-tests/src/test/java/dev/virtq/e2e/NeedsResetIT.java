package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.cli.network.ArpClient;
import dev.virtq.cli.network.ArpRequest;
import dev.virtq.cli.network.Ipv4Address;
import dev.virtq.cli.network.Ipv4Settings;
import dev.virtq.cli.network.NetworkHost;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.InterruptMode;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A driver breaks a rule, QEMU gives the device up, and one call brings it back. */
@Timeout(60)
class NeedsResetIT {
    private static final Ipv4Address GATEWAY = Ipv4Address.parse("10.0.2.2");

    @ParameterizedTest
    @CsvSource({"q35, MSIX", "q35, INTX", "q35, POLL", "microvm, INTX"})
    void whoeverSleepsIsToldAndOneCallGoesOn(String type, InterruptMode mode) throws Exception {
        MachineOptions options = MachineOptions.DEFAULT.withMachineType(type).withInterrupts(mode);
        try (Machine machine = Machines.require("qemu-local").start(options);
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            for (int round = 0; round < 3; round++) {
                net.handOver();
                CompletableFuture<Throwable> sleeper =
                        CompletableFuture.supplyAsync(() -> {
                            Throwable seen =
                                    catchThrowable(() -> net.receive(Duration.ofSeconds(30)));
                            net.receiveQueue().handOver();
                            return seen;
                        });
                Thread.sleep(50);
                makeAvailableWhatIsNoDescriptor(machine, net.transmitQueue());
                net.transmitQueue().notifyDevice();
                long start = System.nanoTime();
                assertThat(sleeper.get())
                        .isInstanceOf(DeviceFaultException.class)
                        .hasMessageContaining("needs a reset");
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isLessThan(Duration.ofMillis(200));

                net.reset();

                NetworkHost host =
                        new NetworkHost(new NetWire(net), Ipv4Settings.QEMU_USER_NETWORK);
                assertThat(new ArpClient(host).ask(ArpRequest.to(GATEWAY))).isNotNull();
            }
        }
    }

    /** A head beyond the table, which 2.7.13.1 does not let a driver write. */
    private static void makeAvailableWhatIsNoDescriptor(Machine machine, Virtqueue queue) {
        MemorySegment available =
                machine.memory()
                        .at(queue.snapshot().driverArea(), 4 + 2L * queue.size())
                        .orElseThrow();
        short index = available.get(ValueLayout.JAVA_SHORT, 2);
        available.set(
                ValueLayout.JAVA_SHORT,
                4 + 2L * ((index & 0xffff) % queue.size()),
                (short) queue.size());
        available.set(ValueLayout.JAVA_SHORT, 2, (short) (index + 1));
    }
}
