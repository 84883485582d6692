package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.TransferReturnedException;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.device.Transport;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.memory.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How devices and machines end: whoever waits is released, and nothing is left. */
@Timeout(30)
class ClosingTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void closingTheDeviceFreesAllMemoryWithFramesInFlight() throws Exception {
        try (SimMachine machine = machine()) {
            long before = machine.memory().available();
            NetDevice net = open(machine);
            for (int i = 0; i < 50; i++) {
                net.send(Frames.numbered(i, 60));
            }
            assertThat(machine.memory().available()).isLessThan(before);

            net.close();

            assertThat(machine.memory().available()).isEqualTo(before);
            assertThat(machine.memory().quarantined()).isZero();
            net.close(); // idempotent
            open(machine).close(); // and the device is there for the next driver
        }
    }

    @RepeatedTest(5)
    void aReceiverIsReleasedWhenTheMachineIsClosed() throws Exception {
        SimMachine machine = machine();
        NetDevice net = open(machine);
        Waiter waiter = Waiter.on(net);

        long start = System.nanoTime();
        machine.close();

        assertThat(waiter.failure()).isInstanceOf(DeviceLostException.class);
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
        net.close();
        assertThat(machine.memory().quarantined()).as("the device is proven dead").isZero();
    }

    @RepeatedTest(5)
    void aReceiverIsReleasedWhenTheDeviceIsClosed() throws Exception {
        try (SimMachine machine = machine()) {
            NetDevice net = open(machine);
            Waiter waiter = Waiter.on(net);

            long start = System.nanoTime();
            net.close();

            assertThat(waiter.failure()).isInstanceOf(TransferReturnedException.class);
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
        }
    }

    @Test
    void aReceiverThatIsInterruptedGoesOnLater() throws Exception {
        try (SimMachine machine = machine();
                NetDevice net = open(machine)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> net.receive(LONG)).isInstanceOf(InterruptedException.class);

            machine.deliver(Frames.numbered(3, 60));
            assertThat(Frames.number(Frames.next(net))).isEqualTo(3);
        }
    }

    @Test
    void afterTheMachineIsClosedEverythingSaysSo() throws Exception {
        SimMachine machine = machine();
        NetDevice net = open(machine);
        net.send(Frames.numbered(1, 60));
        MemorySegment frame = Frames.next(net);
        machine.close();

        // A device that ended at work has not asked for notifications, so the first may go
        // unnoticed.
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                net.send(Frames.numbered(1, 60));
                            }
                        })
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("the machine was closed");
        assertThatThrownBy(net::linkUp).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(net::reset).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(() -> machine.transport(DeviceType.NETWORK))
                .isInstanceOf(DeviceLostException.class);
        assertThatIllegalStateException()
                .isThrownBy(() -> machine.memory().allocate(64))
                .withMessageContaining("closed");
        assertThatIllegalStateException()
                .as("a view that was kept")
                .isThrownBy(() -> Frames.number(frame));
        net.close();
        machine.close(); // idempotent
    }

    /** The device says itself in which thread it works: others may come and go meanwhile. */
    @Test
    void theThreadOfTheDeviceEndsWithTheMachine() throws Exception {
        CompletableFuture<Thread> device = new CompletableFuture<>();
        SimMachine machine =
                SimMachine.builder()
                        .memory(8 << 20)
                        .network((frame, replies) -> device.complete(Thread.currentThread()))
                        .start();
        NetDevice net = open(machine);
        net.send(Frames.numbered(1, 60));
        Thread thread = device.get(20, TimeUnit.SECONDS);
        assertThat(thread).isNotSameAs(Thread.currentThread());
        assertThat(thread.getName()).isEqualTo("virtq-sim-net0");
        assertThat(thread.isAlive()).isTrue();

        machine.close();

        assertThat(thread.isAlive()).isFalse();
        net.close();
    }

    @Test
    void aNetworkThatIsStuckDoesNotHoldTheMachineForEver() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        SimNetwork stuck =
                (frame, replies) -> {
                    entered.countDown();
                    try {
                        leave.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                };
        SimMachine machine = SimMachine.builder().memory(8 << 20).network(stuck).start();
        NetDevice net = open(machine);
        net.send(Frames.numbered(1, 60));
        entered.await();
        long start = System.nanoTime();

        machine.close();

        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
        leave.countDown();
        net.close();
    }

    @Test
    void aNetworkThatFailsIsADeviceThatIsLost() throws Exception {
        SimNetwork broken =
                (frame, replies) -> {
                    throw new UnsupportedOperationException("broken network");
                };
        try (SimMachine machine = SimMachine.builder().memory(8 << 20).network(broken).start();
                NetDevice net = open(machine)) {
            net.send(Frames.numbered(1, 60));

            assertThatThrownBy(() -> net.receive(LONG))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("broken network");
        }
    }

    @Test
    void aFrameThatTheDeviceDoesNotTakeTimesOutAndIsFreedLater() {
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(8 << 20)
                                .network((frame, replies) -> {})
                                .stepped()
                                .start();
                NetDevice net = open(machine)) {
            long before = machine.memory().available();
            DmaBuffer buffer = machine.memory().allocate(100);

            assertThatThrownBy(() -> net.send(buffer, Duration.ofMillis(20)))
                    .isInstanceOf(TransferTimeoutException.class);
            assertThatIllegalStateException()
                    .isThrownBy(() -> buffer.setByte(0, (byte) 1))
                    .withMessageContaining("DETACHED");

            machine.stepAll();
            net.transmitQueue().poll();
            assertThat(machine.memory().available()).isEqualTo(before);
        }
    }

    @Test
    void aSendThatFindsNoBufferTimesOut() throws Exception {
        NetOptions one =
                NetOptions.DEFAULT.withBuffers(1, 1).withSendTimeout(Duration.ofMillis(20));
        try (SimMachine machine = SimMachine.builder().memory(8 << 20).stepped().start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), one)) {
            net.send(Frames.numbered(1, 60));
            assertThatThrownBy(() -> net.send(Frames.numbered(2, 60)))
                    .isInstanceOf(TransferTimeoutException.class)
                    .hasMessageContaining("none of the 1 transmit buffers");
            machine.stepAll();
            net.send(Frames.numbered(3, 60));
        }
    }

    @Test
    void aTransportThatWasClosedIsNoWayToTheDeviceAnyMore() {
        try (SimMachine machine = machine()) {
            Transport first = machine.transport(DeviceType.NETWORK);
            first.close();
            try (Transport second = machine.transport(DeviceType.NETWORK)) {
                assertThatIllegalStateException().isThrownBy(first::readStatus);
                first.close();
                assertThat(second.readStatus()).isZero();
            }
        }
    }

    private static SimMachine machine() {
        return SimMachine.builder()
                .memory(8 << 20)
                .network((frame, replies) -> replies.accept(frame))
                .start();
    }

    private static NetDevice open(SimMachine machine) {
        return NetDevice.open(machine.transport(DeviceType.NETWORK));
    }

    /** A thread that waits for a frame that never comes. */
    private record Waiter(CompletableFuture<Boolean> result) {
        static Waiter on(NetDevice net) throws InterruptedException {
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            net.handOver();
            Thread thread =
                    Thread.ofPlatform()
                            .daemon()
                            .start(() -> {
                                try {
                                    result.complete(net.receive(LONG) == null);
                                } catch (Throwable e) {
                                    result.completeExceptionally(e);
                                }
                            });
            while (thread.getState() != Thread.State.TIMED_WAITING) {
                Thread.sleep(1);
            }
            return new Waiter(result);
        }

        Throwable failure() {
            Throwable thrown = catchThrowable(result::get);
            assertThat(thrown).isInstanceOf(ExecutionException.class);
            return Objects.requireNonNull(thrown.getCause());
        }
    }
}
