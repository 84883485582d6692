package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device under VIRTIO_F_IN_ORDER may leave untold (virtio 1.4, 2.7.9 and 2.8.8). */
@ParameterizedClass
@ValueSource(strings = {"split", "packed"})
class UntoldLengthTest {
    private static final int BUFFERS = 4;
    private static final int FULL = 1514;
    private static final FrameLimits LIMITS = new FrameLimits(1500);
    private static final byte EARLIER = (byte) 0xee;

    private final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 20, 4096), 0x10_0000));
    private final DeviceRing device;
    private final FrameReceiver receiver;

    UntoldLengthTest(String format) {
        UntoldLengthTest.class.getModule().addUses(RingFormat.class);
        RingFormat chosen =
                ServiceLoader.load(RingFormat.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(candidate -> candidate.name().equals(format))
                        .findFirst()
                        .orElseThrow();
        FeatureSet accepted = FeatureSet.of(CommonFeature.VERSION_1, CommonFeature.IN_ORDER);
        if (format.equals("packed")) {
            accepted = accepted.with(CommonFeature.RING_PACKED);
        }
        DriverRing ring =
                chosen.createDriverEnd(
                        new RingRequest(0, BUFFERS, accepted, memory, IndirectUse.NEVER));
        device = chosen.createDeviceEnd(ring.setup(), accepted, memory);
        QueueControl control =
                new QueueControl(
                        0,
                        ring,
                        new QueueConnection(_ -> {}, new Silence()),
                        DeviceHealth.ALWAYS_WELL,
                        QueueOptions.DEFAULT);
        receiver = new FrameReceiver(control.queue(), ReceiveLayout.whole(LIMITS), true);
        receiver.fill(memory, BUFFERS);
    }

    @Test
    void aFullFrameWhoseLengthWasNotToldArrivesWhole() throws Exception {
        deliver(BUFFERS, FULL, EARLIER);

        List<byte[]> frames = receive(BUFFERS);

        assertThat(frames).hasSize(BUFFERS).allSatisfy(frame -> assertThat(frame).hasSize(FULL));
        assertThat(frames.getFirst()).containsOnly(EARLIER);
    }

    @Test
    void nothingOfAnEarlierFrameFollowsAShortOneWhoseLengthWasNotTold() throws Exception {
        deliver(BUFFERS, FULL, EARLIER); // every buffer is full of it
        receive(BUFFERS);
        assertThat(receiver.receive(Duration.ZERO)).isNull(); // the last buffer goes back, too
        deliver(BUFFERS, 60, (byte) 7);

        List<byte[]> frames = receive(BUFFERS);

        byte[] padded = new byte[FULL];
        Arrays.fill(padded, 0, 60, (byte) 7);
        assertThat(frames.subList(0, BUFFERS - 1))
                .allSatisfy(frame -> {
                    assertThat(frame).isEqualTo(padded);
                });
        assertThat(frames.getLast()).as("whose length was told").hasSize(60).containsOnly(7);
    }

    /** A device that has told every length until now, and then does not, and was careless. */
    @Test
    void framesWhoseEndLiesInAnEarlierOneAreLostTheFirstTime() throws Exception {
        for (int i = 0; i < BUFFERS; i++) {
            deliver(1, FULL, EARLIER); // each told
        }
        receive(BUFFERS);
        assertThat(receiver.receive(Duration.ZERO)).isNull(); // the last buffer goes back, too
        deliver(BUFFERS, 60, (byte) 7);

        List<byte[]> told = receive(1);

        assertThat(told.getFirst()).as("whose length was told").hasSize(60).containsOnly(7);
        assertThat(receiver.receive(Duration.ZERO)).as("those before it are lost").isNull();

        deliver(BUFFERS, 60, (byte) 8);
        byte[] padded = new byte[FULL];
        Arrays.fill(padded, 0, 60, (byte) 8);
        assertThat(receive(BUFFERS).subList(0, BUFFERS - 1))
                .allSatisfy(frame -> assertThat(frame).isEqualTo(padded));
    }

    @Test
    void theHandlerGetsTheSameFrames() {
        deliver(BUFFERS, FULL, EARLIER);
        List<Integer> lengths = new ArrayList<>();
        List<Byte> ends = new ArrayList<>();
        FrameHandler handler =
                (buffer, offset, length) -> {
                    lengths.add(length);
                    ends.add(buffer.get(ValueLayout.JAVA_BYTE, offset + length - 1L));
                };
        receiver.receiveBurst(handler, BUFFERS);
        deliver(BUFFERS, 60, (byte) 7);
        receiver.receiveBurst(handler, BUFFERS);

        assertThat(lengths).containsExactly(FULL, FULL, FULL, FULL, FULL, FULL, FULL, 60);
        assertThat(ends.subList(BUFFERS, 2 * BUFFERS))
                .containsExactly((byte) 0, (byte) 0, (byte) 0, (byte) 7);
    }

    /** The device writes so many frames, and tells of the last one only. */
    private void deliver(int count, int length, byte content) {
        byte[] bytes = new byte[NetHeader.SIZE + length];
        Arrays.fill(bytes, NetHeader.SIZE, bytes.length, content);
        bytes[10] = 1; // num_buffers
        int last = 0;
        for (int i = 0; i < count; i++) {
            assertThat(device.take()).isTrue();
            device.chain().write(0, MemorySegment.ofArray(bytes));
            last = device.chain().id();
        }
        device.use(last, bytes.length);
        device.publish();
    }

    private List<byte[]> receive(int count) throws InterruptedException {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MemorySegment frame = receiver.receive(Duration.ofSeconds(1));
            frames.add(Objects.requireNonNull(frame, "a frame").toArray(ValueLayout.JAVA_BYTE));
        }
        return frames;
    }

    /** Nobody notifies: what there is was there before anybody waited. */
    private static final class Silence implements Interrupt {
        @Override
        public boolean poll() {
            return false;
        }

        @Override
        public boolean await(long nanos) {
            return false;
        }
    }
}
