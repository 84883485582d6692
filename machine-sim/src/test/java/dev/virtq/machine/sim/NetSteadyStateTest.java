package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The network driver over a device that is stepped by the test: nothing is left to chance. */
@Timeout(60)
class NetSteadyStateTest {
    private static final SimNetwork ECHO = (frame, replies) -> replies.accept(frame);
    private static final SimNetwork NOWHERE = (frame, replies) -> {};

    /** More than any 16-bit index holds, on both queues. */
    private static final int FRAMES = (1 << 17) + 1000;

    private static final int ROUNDS = 10_000;

    @Test
    void theReceiveQueueStaysNearlyFullWhileAllIndicesWrap() throws Exception {
        try (SimMachine machine = stepped(ECHO).queueSize(32).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            Numbers numbers = new Numbers();
            int sent = 0;
            while (sent < FRAMES) {
                int burst = 1 + sent % 16;
                for (int i = 0; i < burst; i++) {
                    assertThat(net.offer(Frames.numbered(sent++, 60))).isTrue();
                }
                net.flush();
                machine.stepAll();
                assertThat(net.receiveBurst(numbers, 32)).isEqualTo(burst);
                assertThat(net.receiveQueue().inFlight()).isBetween(32 - 7, 32);
            }
            assertThat(numbers.next).isEqualTo(sent);
            assertThat(machine.details()).containsEntry("dropped frames", "0");
            Frames.assertThatAllBuffersGoBack(net, 32);
        }
    }

    @Test
    void nothingIsAllocatedForAFrame() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            MemorySegment shortFrame = Frames.numbered(0, 60);
            MemorySegment longFrame = Frames.numbered(0, 1514);
            Numbers numbers = new Numbers();
            numbers.any = true;
            long allocated = 0;
            int frames = 0;
            for (int round = 0; round < 2 * ROUNDS; round++) {
                if (round == ROUNDS) {
                    allocated = 0; // from here on it is warm
                    frames = 0;
                }
                machine.deliver(shortFrame);
                machine.deliver(longFrame);
                long before = threads.getCurrentThreadAllocatedBytes();
                net.offer(shortFrame);
                net.offer(longFrame);
                net.flush();
                allocated += threads.getCurrentThreadAllocatedBytes() - before;

                machine.stepAll();

                before = threads.getCurrentThreadAllocatedBytes();
                frames += 2 + net.receiveBurst(numbers, 16);
                allocated += threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(frames).isEqualTo(4 * ROUNDS);
            // The smallest object has 16 bytes; the JVM's own now and then are far below one a
            // frame.
            assertThat((double) allocated / frames).as("bytes a frame").isLessThan(0.25);
        }
    }

    @Test
    void theDeviceIsNotifiedOnceForABurst() {
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            for (int i = 0; i < 10; i++) {
                net.offer(Frames.numbered(i, 60));
            }
            assertThat(machine.stepAll()).as("staged, not published").isZero();

            net.transmitQueue().publish();
            assertThat(machine.stepAll()).as("published, but nobody told the device").isZero();

            net.flush();
            assertThat(machine.stepAll()).isEqualTo(10);
        }
    }

    @Test
    void whenAllTransmitBuffersAreOutNoMoreIsTaken() {
        NetOptions two = NetOptions.DEFAULT.withBuffers(4, 2);
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), two)) {
            assertThat(net.offer(Frames.numbered(1, 60))).isTrue();
            assertThat(net.offer(Frames.numbered(2, 60))).isTrue();
            assertThat(net.offer(Frames.numbered(3, 60))).isFalse();
            net.flush();
            machine.step();
            assertThat(net.offer(Frames.numbered(3, 60))).isTrue();
            assertThat(net.offer(Frames.numbered(4, 60))).isFalse();
        }
    }

    @Test
    void framesWaitForReceiveBuffers() {
        NetOptions two =
                NetOptions.DEFAULT.withQueue(QueueOptions.DEFAULT.withSize(2)).withBuffers(2, 1);
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), two)) {
            Numbers numbers = new Numbers();
            for (int i = 0; i < 100; i++) {
                machine.deliver(Frames.numbered(i, 60));
            }
            while (numbers.next < 100) {
                assertThat(machine.stepAll()).isEqualTo(2);
                assertThat(net.receiveBurst(numbers, 10)).isEqualTo(2);
            }
        }
    }

    @Test
    void aFrameThatNoBufferHoldsIsDroppedAndCounted() {
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            Numbers numbers = new Numbers();
            machine.deliver(Frames.numbered(-1, 1515));
            machine.deliver(Frames.numbered(0, 1514));
            machine.stepAll();
            assertThat(net.receiveBurst(numbers, 10)).isEqualTo(1);
            assertThat(machine.details()).containsEntry("dropped frames", "1");
        }
    }

    @Test
    void aHandlerThatThrowsLosesOnlyItsFrame() throws Exception {
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            for (int i = 0; i < 3; i++) {
                machine.deliver(Frames.numbered(i, 60));
            }
            machine.stepAll();
            FrameHandler broken =
                    (buffer, offset, length) -> {
                        throw new UnsupportedOperationException("broken handler");
                    };
            assertThatThrownBy(() -> net.receiveBurst(broken, 10)).hasMessage("broken handler");

            Numbers numbers = new Numbers();
            numbers.next = 1;
            assertThat(net.receiveBurst(numbers, 10)).isEqualTo(2);
            Frames.assertThatAllBuffersGoBack(net, 256);
        }
    }

    @Test
    void whatSomebodyElseSubmitsIsNotTakenForAFrame() {
        try (SimMachine machine = stepped(NOWHERE).start();
                NetDevice net =
                        NetDevice.open(
                                machine.transport(DeviceType.NETWORK),
                                NetOptions.DEFAULT.withBuffers(1, 1));
                TransferToken foreign =
                        net.receiveQueue()
                                .prepare(BufferList.receiveOnly(machine.memory().allocate(100)))) {
            foreign.submit();
            net.receiveQueue().flush();
            machine.deliver(Frames.numbered(0, 60));
            machine.deliver(Frames.numbered(1, 60));
            machine.stepAll();

            Numbers numbers = new Numbers();
            assertThat(net.receiveBurst(numbers, 10)).as("its own frame comes first").isEqualTo(1);
            assertThatThrownBy(() -> net.receiveBurst(numbers, 10))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("beside the network driver");
            assertThat(foreign.state()).as("its owner's").isEqualTo(TransferState.COMPLETED);
        }
    }

    private static SimMachineBuilder stepped(SimNetwork network) {
        return SimMachine.builder().memory(8 << 20).network(network).stepped();
    }

    /** Expects numbered frames, each number once and in order. */
    private static final class Numbers implements FrameHandler {
        private int next;
        private boolean any;

        @Override
        public void onFrame(MemorySegment buffer, int offset, int length) {
            int number = Frames.number(buffer, offset);
            if (!any && number != next) {
                throw new AssertionError("frame " + number + " (expected: " + next + ")");
            }
            next = number + 1;
            buffer.get(ValueLayout.JAVA_BYTE, offset + length - 1L); // the last byte is there
        }
    }
}
