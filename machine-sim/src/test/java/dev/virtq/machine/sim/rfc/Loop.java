package dev.virtq.machine.sim.rfc;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.LeakTracking;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A queue over a real ring of one of the installed formats, and a device that inverts what it
 * reads. It works in {@link #step} only, so that nothing is left to chance.
 */
final class Loop {
    static final int SIZE = 16;
    static final long MEMORY = 2 << 20;

    /** One way for a ring to be: a format, with chains in the ring or in indirect tables. */
    record Kind(RingFormat format, boolean indirect) {
        boolean isPacked() {
            return format.isChosenBy(FeatureSet.of(CommonFeature.RING_PACKED));
        }

        @Override
        public String toString() {
            return format.name() + (indirect ? " with indirect tables" : "");
        }
    }

    /** {@return every kind that this program has} */
    static Stream<Kind> kinds() {
        return ServiceLoader.load(RingFormat.class).stream()
                .map(ServiceLoader.Provider::get)
                .flatMap(format -> Stream.of(new Kind(format, false), new Kind(format, true)));
    }

    private final MemorySegment ram = Arena.ofAuto().allocate(MEMORY, 4096);
    final DmaMemory memory =
            new DmaMemory(
                    new MemoryMapping(
                            ram,
                            List.of(
                                    new Extent(0x10_0000, MEMORY / 2),
                                    new Extent(0x1_0000_0000L, MEMORY / 2))));
    final DriverRing ring;
    final QueueControl control;
    final Virtqueue queue;
    private final DeviceRing device;
    private final Semaphore interrupt = new Semaphore(0);

    /** What the doorbell said last. */
    int rung = -1;

    Loop(Kind kind) {
        FeatureSet accepted = FeatureSet.of(CommonFeature.VERSION_1);
        if (kind.isPacked()) {
            accepted = accepted.with(CommonFeature.RING_PACKED);
        }
        if (kind.indirect()) {
            accepted = accepted.with(CommonFeature.INDIRECT_DESC);
        }
        ring =
                kind.format()
                        .createDriverEnd(
                                new RingRequest(
                                        0,
                                        SIZE,
                                        accepted,
                                        memory,
                                        IndirectUse.WHEN_IT_SAVES_SLOTS));
        device = kind.format().createDeviceEnd(ring.setup(), accepted, memory);
        control =
                new QueueControl(
                        0,
                        ring,
                        new QueueConnection(next -> rung = next, new Wire()),
                        DeviceHealth.ALWAYS_WELL,
                        QueueOptions.DEFAULT
                                .withSpin(Duration.ZERO)
                                .withLeakTracking(LeakTracking.EVERY_TRANSFER),
                        Optional.of(memory));
        queue = control.queue();
    }

    /** The device serves one chain, if there is one. {@return whether there was} */
    boolean step() {
        if (!device.take()) {
            return false;
        }
        DeviceChain chain = device.chain();
        byte[] bytes = new byte[(int) chain.readableBytes()];
        chain.read(0, MemorySegment.ofArray(bytes));
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ~bytes[i];
        }
        device.use(chain.id(), chain.write(0, MemorySegment.ofArray(bytes)));
        device.publish();
        if (device.driverWantsNotification()) {
            interrupt.release();
        }
        return true;
    }

    /** Lets the device look at the next chain and keep it. {@return the chain} */
    DeviceChain take() {
        if (!device.take()) {
            throw new IllegalStateException("nothing is available");
        }
        return device.chain();
    }

    /** {@return how much memory is free, for buffers and tables} */
    long free() {
        return memory.available();
    }

    /** {@return a copy of all memory} */
    byte[] image() {
        return ram.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    /** {@return in which of the ring's areas a byte of the image is; else {@code elsewhere}} */
    String area(int offset) {
        QueueSetup setup = ring.setup();
        long address = offset < MEMORY / 2 ? 0x10_0000 + offset : offset - MEMORY / 2 + (1L << 32);
        if (isIn(address, setup.descriptorArea(), 16L * SIZE)) {
            return "descriptor area";
        }
        if (isIn(address, setup.driverArea(), 6 + 2L * SIZE)) {
            return "driver area";
        }
        return isIn(address, setup.deviceArea(), 6 + 8L * SIZE) ? "device area" : "elsewhere";
    }

    private static boolean isIn(long address, long start, long length) {
        return address >= start && address < start + length;
    }

    private final class Wire implements Interrupt {
        @Override
        public boolean poll() {
            return interrupt.tryAcquire();
        }

        @Override
        public boolean await(long nanos) throws InterruptedException {
            return interrupt.tryAcquire(nanos, TimeUnit.NANOSECONDS);
        }
    }
}
