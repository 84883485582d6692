package dev.virtq.transport.mmio;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A slot with a scripted device in it, and a line that is up while the device shows an event. */
final class ScriptedSlot implements MmioSlot {
    final ScriptedRegisters device;
    final DmaMemory memory;
    final Line line = new Line();
    boolean listens = true;
    long size = Long.MAX_VALUE; // how many bytes of the registers there are
    FeatureSet platform = FeatureSet.of(CommonFeature.ORDER_PLATFORM);
    @Nullable DeviceLostException lost;
    boolean dead;

    ScriptedSlot(int queues, int size) {
        device = new ScriptedRegisters(queues, size);
        memory =
                new DmaMemory(
                        new MemoryMapping(
                                Arena.ofAuto().allocate(1 << 20, 4096),
                                List.of(new Extent(0x4000_0000L, 1 << 20))));
    }

    static ScriptedSlot honest() {
        return new ScriptedSlot(3, 256);
    }

    VirtioMmioTransport open() {
        return VirtioMmioTransport.open(this, Duration.ofMillis(20));
    }

    /** Something happens in the device. */
    void event(int bits) {
        device.interruptStatus |= bits;
        line.changed.countDown();
    }

    @Override
    public long address() {
        return 0xa00_3e00L;
    }

    @Override
    public RegisterWindow registers() {
        return size < device.size() ? device.slice(0, size) : device;
    }

    @Override
    public Optional<InterruptLine> line() {
        return listens ? Optional.of(line) : Optional.empty();
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public FeatureSet platformFeatures() {
        return platform;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return Optional.ofNullable(lost);
    }

    @Override
    public boolean deviceProvenDead() {
        return dead;
    }

    /** Up while the device has something to say, or another one that shares it. */
    final class Line implements InterruptLine {
        @Override
        public int number() {
            return 5;
        }

        @Override
        public long rises() {
            return 0;
        }

        volatile boolean sharedAndUp;
        volatile CountDownLatch changed = new CountDownLatch(1);

        @Override
        public boolean isRaised() {
            return sharedAndUp || device.interruptStatus != 0;
        }

        @Override
        public boolean await(long nanos) throws InterruptedException {
            boolean _ = changed.await(nanos, TimeUnit.NANOSECONDS);
            changed = new CountDownLatch(1);
            return isRaised();
        }
    }
}
