package dev.virtq.packed;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A ring with both ends, and its bytes. Each is made by the format, as programs do. */
final class RingPair {
    static final int QUEUE = 3;
    static final long MEMORY_BYTES = 1 << 20;
    static final long DEVICE_ADDRESS = 0x1_0000_0000L;

    final PackedFormat format = new PackedFormat();
    final FeatureSet accepted;
    final DmaMemory memory;
    final DriverRing driver;
    final QueueSetup setup;
    final DeviceRing device;
    final RawRing raw;

    /** The last quarter of memory is for buffers that nobody allocates. */
    private final long start;

    private final long end;
    private long nextAddress;

    RingPair(int size, FeatureSet features, IndirectUse indirect, DmaMemory memory) {
        accepted = features.with(CommonFeature.RING_PACKED);
        this.memory = memory;
        driver = format.createDriverEnd(new RingRequest(QUEUE, size, accepted, memory, indirect));
        setup = driver.setup();
        device = format.createDeviceEnd(setup, accepted, memory);
        raw = new RawRing(setup, memory);
        Extent all = memory.extents().getLast();
        end = all.end();
        start = end - all.length() / 4;
        nextAddress = start;
    }

    static RingPair of(int size, Feature... accepted) {
        return new RingPair(
                size, FeatureSet.of(accepted), IndirectUse.WHEN_IT_SAVES_SLOTS, memory());
    }

    static RingPair indirect(int size, IndirectUse use) {
        return new RingPair(size, FeatureSet.of(CommonFeature.INDIRECT_DESC), use, memory());
    }

    static DmaMemory memory() {
        return memory(MEMORY_BYTES);
    }

    static DmaMemory memory(long bytes) {
        return new DmaMemory(
                MemoryMapping.contiguous(Arena.ofAuto().allocate(bytes, 4096), DEVICE_ADDRESS));
    }

    /** A chain of buffers that nobody else has; positive sizes are readable, negative writable. */
    Chain chain(int... sizes) {
        List<List<Extent>> buffers = new ArrayList<>();
        for (int size : sizes) {
            buffers.add(List.of(new Extent(address(Math.abs(size)), Math.abs(size))));
        }
        return new Chain(buffers, (int) Arrays.stream(sizes).filter(size -> size > 0).count());
    }

    /** A chain of one readable byte. */
    Chain small() {
        return chain(1);
    }

    int[] reserve(int count) {
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> driver.reserve(small()));
        return ids;
    }

    void send(int id) {
        driver.stage(id);
        driver.publish();
    }

    /** The device takes one chain and uses it. */
    int serve(long length) {
        if (!device.take()) {
            throw new AssertionError("nothing was available");
        }
        int id = device.chain().id();
        device.use(id, length);
        device.publish();
        return id;
    }

    /** Sends the chain round once, as often as wanted. */
    void turn(int id, long times) {
        for (long i = 0; i < times; i++) {
            send(id);
            serve(0);
            if (driver.poll() != id) {
                throw new AssertionError("another chain came back than " + id);
            }
        }
    }

    /** The position is moved on, by chains of one slot. */
    RingPair startingAt(int slots) {
        int id = driver.reserve(small());
        turn(id, slots);
        driver.release(id);
        driver.deviceWantsNotification();
        device.driverWantsNotification();
        return this;
    }

    long address(long bytes) {
        if (nextAddress + bytes > end) {
            nextAddress = start;
        }
        long address = nextAddress;
        nextAddress += bytes;
        return address;
    }
}
