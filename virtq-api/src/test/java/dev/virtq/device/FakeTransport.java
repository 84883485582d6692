package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.FakeInterrupt;
import dev.virtq.queue.ring.FakeRing;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** A device that does what its script says, and a record of what was done to it. */
final class FakeTransport implements Transport {
    /** A format whose rings are {@link FakeRing}s. */
    final class Format implements RingFormat {
        @Override
        public String name() {
            return "fake";
        }

        @Override
        public boolean isChosenBy(FeatureSet accepted) {
            return true;
        }

        @Override
        public FeatureSet features() {
            return FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC);
        }

        @Override
        public boolean isValidSize(int size) {
            return Integer.bitCount(size) == 1;
        }

        @Override
        public DriverRing createDriverEnd(RingRequest request) {
            FakeRing ring = new FakeRing(request.size(), request.memory());
            rings.put(request.queue(), ring);
            return ring;
        }

        @Override
        public DeviceRing createDeviceEnd(QueueSetup setup, FeatureSet accepted, DmaMemory dma) {
            throw new UnsupportedOperationException();
        }

        @Override
        public QueueSnapshot snapshot(
                int queue, QueueSetup setup, FeatureSet accepted, DmaMemory dma) {
            throw new UnsupportedOperationException();
        }
    }

    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);

    final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 16, 4096), 0x10_0000));

    /** What was done to the device, in order. */
    final List<String> log = new CopyOnWriteArrayList<>();

    final Map<Integer, FakeRing> rings = new HashMap<>();
    final Map<Integer, FakeInterrupt> interrupts = new HashMap<>();
    final FakeInterrupt configInterrupt = new FakeInterrupt();
    final Format format = new Format();

    FeatureSet offered = FeatureSet.of(CommonFeature.VERSION_1, CommonFeature.EVENT_IDX);
    FeatureSet served = FeatureSet.EMPTY;
    int queueCount = 2;
    IntUnaryOperator maxSize = queue -> 16;

    /** What the device makes of a written status. */
    volatile IntUnaryOperator onStatus = written -> written;

    /** What the device makes of the reset of a queue. */
    IntConsumer onQueueReset = queue -> {};

    final FakeConfig config = new FakeConfig(new byte[12]);
    volatile int status;
    volatile @Nullable DeviceLostException lost;
    volatile boolean provenDead;
    boolean closed;

    /** Whether another device takes the place of a lost one. */
    boolean comesBack = true;

    VirtioDevice open() {
        return VirtioDevice.open(this, new FeatureNegotiation(List.of(format)));
    }

    VirtioDevice negotiated() {
        VirtioDevice device = open();
        device.negotiate(List.of());
        return device;
    }

    /** {@return a device with both of its queues, live} */
    VirtioDevice running() {
        VirtioDevice device = negotiated();
        device.queue(0, NO_SPIN);
        device.queue(1, NO_SPIN);
        device.start();
        return device;
    }

    static TransferToken token(VirtioDevice device, Virtqueue queue) {
        return queue.prepare(BufferList.receiveOnly(device.memory().allocate(64)));
    }

    /** What is out of order is refused, and nothing of it reaches the device. */
    void assertRefused(VirtioDevice device, String what, Runnable action) {
        List<String> before = List.copyOf(log);
        assertThatThrownBy(action::run)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        what + ": net at fake 0 is " + device.phase() + " (the order is OPENED");
        assertThat(log).isEqualTo(before);
    }

    FakeRing ring(int queue) {
        return Objects.requireNonNull(rings.get(queue));
    }

    private void reach() {
        DeviceLostException why = lost;
        if (why != null) {
            throw why.again();
        }
    }

    @Override
    public DeviceType deviceType() {
        return DeviceType.NETWORK;
    }

    @Override
    public String name() {
        return "fake 0";
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public int readStatus() {
        reach();
        return status;
    }

    @Override
    public void writeStatus(int written) {
        reach();
        log.add("status " + written);
        status = onStatus.applyAsInt(written);
    }

    @Override
    public FeatureSet readOfferedFeatures() {
        reach();
        return offered;
    }

    @Override
    public void writeAcceptedFeatures(FeatureSet features) {
        log.add("accept " + features);
    }

    @Override
    public FeatureSet servedFeatures() {
        return served;
    }

    @Override
    public int queueCount() {
        return queueCount;
    }

    @Override
    public int maxQueueSize(int queue) {
        return maxSize.applyAsInt(queue);
    }

    @Override
    public QueueConnection enableQueue(int queue, QueueSetup setup) {
        reach();
        log.add("enable " + queue);
        FakeInterrupt interrupt = new FakeInterrupt();
        interrupts.put(queue, interrupt);
        return new QueueConnection(next -> log.add("ring " + queue), interrupt);
    }

    @Override
    public void resetQueue(int queue) {
        reach();
        log.add("reset " + queue);
        onQueueReset.accept(queue);
    }

    @Override
    public ConfigSpace configSpace() {
        return config;
    }

    @Override
    public Interrupt configInterrupt() {
        return configInterrupt;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return Optional.ofNullable(lost);
    }

    @Override
    public boolean deviceProvenDead() {
        return provenDead;
    }

    @Override
    public void reconnect(Duration timeout) {
        if (!comesBack) {
            throw new DeviceLostException("nobody is there");
        }
        log.add("reconnect");
        lost = null;
    }

    @Override
    public void close() {
        // What the queues' memory has come to by now is part of the order that is tested.
        List<String> ends = new ArrayList<>();
        rings.forEach((queue, ring) -> ends.add(ring.end()));
        log.add("close " + ends);
        closed = true;
    }
}
