package dev.virtq.machine.sim.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In which thread a device does what its driver asks for. */
@Timeout(30)
class DeviceThreadTest {
    private static final Duration LONG = Duration.ofSeconds(10);

    private final DeviceEnd device =
            new DeviceEnd(
                    new TestDevice(SimDevice.echo()),
                    RingFormats.installed(),
                    new DmaMemory(),
                    FeatureChoice.HONEST,
                    16,
                    new Conduct(Mischief.NONE));

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aQueueIsEnabledInTheThreadThatUsesIt(boolean stepped) {
        var builder = SimMachine.builder().memory(8 << 20).device(SimDevice.echo());
        try (SimMachine machine = (stepped ? builder.stepped() : builder).start();
                Transport transport = machine.transport(SimDevice.ECHO)) {
            assertThatThrownBy(() -> transport.enableQueue(0, new QueueSetup(16, 0, 0, 0, 0)))
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("queue 0 was enabled before FEATURES_OK")
                    .satisfies(thrown ->
                            assertThat(thrown.getStackTrace())
                                    .as("where it was found")
                                    .anyMatch(frame ->
                                            frame.getClassName()
                                                    .equals(
                                                            stepped
                                                                    ? DeviceThreadTest.class
                                                                            .getName()
                                                                    : DeviceLoop.class.getName())));
            assertThatThrownBy(() -> transport.enableQueue(9, new QueueSetup(16, 0, 0, 0, 0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("queue 9 does not exist");
        }
    }

    @Test
    void anErrandIsDoneInTheLoopsThreadAndInItsOwn() {
        DeviceLoop loop = started();
        Thread thread = loop.in(Thread::currentThread);
        assertThat(thread.getName()).isEqualTo("loop");
        assertThat(loop.in(() -> loop.in(Thread::currentThread))).isSameAs(thread);
        assertThatThrownBy(() ->
                        loop.in(() -> {
                            throw new DriverFaultException("a fault", "2.6");
                        }))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("a fault");
        assertThatThrownBy(() ->
                        loop.in(() -> {
                            throw new AssertionError("an error");
                        }))
                .isInstanceOf(AssertionError.class);
        assertThat(loop.in(Thread::currentThread)).as("it goes on").isSameAs(thread);
        assertThat(loop.end(LONG)).isTrue();
    }

    @Test
    void anErrandForALoopThatHasEndedIsDoneByWhoeverAsks() {
        DeviceLoop loop = started();
        assertThat(loop.end(LONG)).isTrue();
        assertThat(loop.in(Thread::currentThread)).isSameAs(Thread.currentThread());
    }

    @Test
    void anErrandIsNotLostWithTheLoop() throws Exception {
        for (int round = 0; round < 100; round++) {
            DeviceLoop loop = started();
            CountDownLatch ready = new CountDownLatch(1);
            Thread end =
                    Thread.ofPlatform()
                            .start(() -> {
                                ready.countDown();
                                device.lose(new DeviceLostException("over"));
                                loop.end(LONG);
                            });
            ready.await();
            assertThat(loop.in(() -> 42)).isEqualTo(42);
            end.join();
        }
    }

    @Test
    void anInterruptDoesNotTakeAnErrandBack() {
        DeviceLoop loop = started();
        Thread.currentThread().interrupt();
        assertThat(loop.in(Thread::currentThread).getName()).isEqualTo("loop");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(loop.end(LONG)).isTrue();
    }

    private DeviceLoop started() {
        DeviceLoop loop = new DeviceLoop(device, "loop");
        loop.start();
        return loop;
    }
}
