package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.FrameWriter;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many frames at once, over a device that is stepped by the test. */
@Timeout(60)
class BurstTest {
    private static final int ROUNDS = 10_000;

    private final List<Integer> arrived = new ArrayList<>();
    private final SimNetwork network = (frame, replies) -> arrived.add(Frames.number(frame));

    @Test
    void aBurstIsShownToTheDeviceAtOnce() {
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(net.sendBurst(numbered(8), 2, 5)).isEqualTo(5);
            assertThat(net.transmitQueue().inFlight()).isEqualTo(5);
            assertThat(machine.stepAll()).as("the device was told").isEqualTo(5);
            assertThat(arrived).containsExactly(2, 3, 4, 5, 6);
        }
    }

    @Test
    void asManyAreTakenAsBuffersAreFree() {
        NetOptions four = NetOptions.DEFAULT.withBuffers(4, 4);
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), four)) {
            MemorySegment[] frames = numbered(6);
            assertThat(net.sendBurst(frames, 0, 6)).isEqualTo(4);
            assertThat(net.sendBurst(frames, 4, 2)).isZero();
            assertThat(net.sendBurst(_ -> 60, 2)).isZero();
            machine.step();
            assertThat(net.sendBurst(frames, 4, 2)).isEqualTo(1);
            machine.stepAll();
            assertThat(net.sendBurst(frames, 5, 1)).isEqualTo(1);
            machine.stepAll();
            assertThat(arrived).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void thereMayBeNoLimit() {
        NetOptions four = NetOptions.DEFAULT.withBuffers(4, 4);
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), four)) {
            for (int i = 0; i < 3; i++) {
                assertThat(net.sendBurst(_ -> 60, Integer.MAX_VALUE)).isEqualTo(4);
                machine.stepAll();
            }
        }
    }

    @Test
    void offeredFramesGoEvenWhenNoOtherBufferIsFree() {
        NetOptions four = NetOptions.DEFAULT.withBuffers(4, 4);
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), four)) {
            for (int i = 0; i < 4; i++) {
                assertThat(net.offer(Frames.numbered(i, 60))).isTrue();
            }
            assertThat(net.sendBurst(_ -> 60, 1)).isZero();
            machine.stepAll();
            assertThat(arrived).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void offeredFramesGoWithTheNextBurst() {
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            net.offer(Frames.numbered(7, 60));
            assertThat(net.sendBurst(numbered(1), 0, 1)).isEqualTo(1);
            machine.stepAll();
            assertThat(arrived).containsExactly(7, 0);
        }
    }

    @Test
    void oneFrameThatMayNotBeSentKeepsAllBack() {
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            MemorySegment[] frames = numbered(3);
            frames[2] = Frames.numbered(2, 1515);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.sendBurst(frames, 0, 3))
                    .withMessage("a frame of 1515 bytes (expected: 14..1514, as the MTU is 1500)");
            assertThatThrownBy(() -> net.sendBurst(frames, 1, 3))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(machine.stepAll()).isZero();
        }
    }

    @Test
    void aWriterMakesFramesWhereTheyAreSentFrom() {
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            int[] next = {0};
            FrameWriter writer =
                    buffer -> {
                        assertThat(buffer.byteSize()).isEqualTo(1514);
                        buffer.copyFrom(Frames.numbered(next[0]++, 1514));
                        return 60;
                    };
            assertThat(net.sendBurst(writer, 5)).isEqualTo(5);
            machine.stepAll();
            assertThat(arrived).containsExactly(0, 1, 2, 3, 4);
        }
    }

    @Test
    void aWriterThatHasNoMoreEndsTheBurstAndLosesNoBuffer() {
        NetOptions two = NetOptions.DEFAULT.withBuffers(4, 2);
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), two)) {
            for (int i = 0; i < 10; i++) {
                assertThat(net.sendBurst(_ -> 0, 5)).isZero();
            }
            assertThat(net.sendBurst(numbered(3), 0, 3)).isEqualTo(2);
        }
    }

    @Test
    void whatAWriterHasMadeBeforeItThrowsIsSent() {
        NetOptions two = NetOptions.DEFAULT.withBuffers(4, 2);
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), two)) {
            int[] calls = {0};
            FrameWriter broken =
                    buffer -> {
                        if (calls[0]++ == 1) {
                            throw new UnsupportedOperationException("broken writer");
                        }
                        buffer.asSlice(0, 60).copyFrom(Frames.numbered(9, 60));
                        return 60;
                    };
            assertThatThrownBy(() -> net.sendBurst(broken, 2)).hasMessage("broken writer");
            machine.stepAll();
            assertThat(arrived).containsExactly(9);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.sendBurst(_ -> 1515, 2))
                    .withMessageContaining("1515 bytes");
            assertThat(net.sendBurst(numbered(3), 0, 3)).as("no buffer was lost").isEqualTo(2);
        }
    }

    @Test
    void aHandlerMayAnswerEachFrame() {
        try (SimMachine machine = stepped(network).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            for (int i = 0; i < 5; i++) {
                machine.deliver(Frames.numbered(i, 60));
            }
            machine.stepAll();
            net.receiveBurst(
                    (buffer, offset, length) -> net.offer(buffer.asSlice(offset, length)), 8);
            net.flush();
            machine.stepAll();
            assertThat(arrived).containsExactly(0, 1, 2, 3, 4);
        }
    }

    @Test
    void nothingIsAllocatedForABurst() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        NetOptions merging = NetOptions.DEFAULT.withMergeableBuffers(1000);
        try (SimMachine machine = stepped((frame, replies) -> {}).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), merging)) {
            MemorySegment[] frames = {Frames.numbered(0, 60), Frames.numbered(1, 1514)};
            FrameWriter writer = buffer -> 14 + (int) (buffer.byteSize() & 15);
            long[] bytes = {0};
            FrameHandler handler =
                    (buffer, offset, length) ->
                            bytes[0] += length + buffer.get(ValueLayout.JAVA_BYTE, offset);
            long allocated = 0;
            int moved = 0;
            for (int round = 0; round < 2 * ROUNDS; round++) {
                if (round == ROUNDS) {
                    allocated = 0; // from here on it is warm
                    moved = 0;
                }
                machine.deliver(frames[0]);
                machine.deliver(frames[1]);
                long before = threads.getCurrentThreadAllocatedBytes();
                moved += net.sendBurst(frames, 0, 2);
                moved += net.sendBurst(writer, 2);
                allocated += threads.getCurrentThreadAllocatedBytes() - before;

                machine.stepAll();

                before = threads.getCurrentThreadAllocatedBytes();
                moved += net.receiveBurst(handler, 16);
                allocated += threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(moved).isEqualTo(6 * ROUNDS);
            assertThat(bytes[0]).isEqualTo(2L * ROUNDS * (60 + 1514));
            // The smallest object has 16 bytes; the JVM's own now and then are far below one a
            // frame.
            assertThat((double) allocated / moved).as("bytes a frame").isLessThan(0.25);
        }
    }

    private static MemorySegment[] numbered(int count) {
        MemorySegment[] frames = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            frames[i] = Frames.numbered(i, 60);
        }
        return frames;
    }

    private static SimMachineBuilder stepped(SimNetwork network) {
        return SimMachine.builder().memory(8 << 20).network(network).stepped();
    }
}
