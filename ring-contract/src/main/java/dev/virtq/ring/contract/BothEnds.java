package dev.virtq.ring.contract;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A ring with both ends, each made by the format, as programs do. A format's tests extend it by a
 * look at the ring's bytes.
 */
public class BothEnds {
    /** The index of the queue. */
    public static final int QUEUE = 3;

    /** How many bytes memory has where a test does not say. */
    public static final long MEMORY_BYTES = 1 << 20;

    /** Where memory starts, as the device sees it. */
    public static final long DEVICE_ADDRESS = 0x1_0000_0000L;

    /** What made the ends. */
    public final RingFormat format;

    /** The accepted features. */
    public final FeatureSet accepted;

    /** Where the ring and its tables are. */
    public final DmaMemory memory;

    /** The driver end. */
    public final DriverRing driver;

    /** What the driver end tells the device. */
    public final QueueSetup setup;

    /** The device end. */
    public final DeviceRing device;

    /** The last quarter of memory is for buffers that nobody allocates. */
    private final long start;

    private final long end;
    private long nextAddress;

    /**
     * Makes both ends.
     *
     * @param format the format
     * @param size how many entries
     * @param accepted the accepted features
     * @param use when chains go into an indirect table
     * @param memory where the ring is
     */
    public BothEnds(
            RingFormat format, int size, FeatureSet accepted, IndirectUse use, DmaMemory memory) {
        this.format = format;
        this.accepted = accepted;
        this.memory = memory;
        driver = format.createDriverEnd(new RingRequest(QUEUE, size, accepted, memory, use));
        setup = driver.setup();
        device = format.createDeviceEnd(setup, accepted, memory);
        Extent all = memory.extents().getLast();
        end = all.end();
        start = end - all.length() / 4;
        nextAddress = start;
    }

    /** {@return {@link #MEMORY_BYTES} of memory} */
    public static DmaMemory memory() {
        return memory(MEMORY_BYTES);
    }

    /**
     * {@return memory that starts at {@link #DEVICE_ADDRESS}}
     *
     * @param bytes how much
     */
    public static DmaMemory memory(long bytes) {
        return new DmaMemory(
                MemoryMapping.contiguous(Arena.ofAuto().allocate(bytes, 4096), DEVICE_ADDRESS));
    }

    /**
     * {@return a chain of buffers that nobody else has}
     *
     * @param sizes in bytes: positive ones are readable, negative ones writable
     */
    public Chain chain(int... sizes) {
        List<List<Extent>> buffers = new ArrayList<>();
        for (int size : sizes) {
            buffers.add(List.of(new Extent(address(Math.abs(size)), Math.abs(size))));
        }
        return new Chain(buffers, (int) Arrays.stream(sizes).filter(size -> size > 0).count());
    }

    /** {@return a chain of one readable byte} */
    public Chain small() {
        return chain(1);
    }

    /**
     * Reserves small chains.
     *
     * @param count how many
     * @return their ids
     */
    public int[] reserve(int count) {
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> driver.reserve(small()));
        return ids;
    }

    /**
     * Makes one chain available.
     *
     * @param id of the chain
     */
    public void send(int id) {
        driver.stage(id);
        driver.publish();
    }

    /**
     * Lets the device take one chain and use it.
     *
     * @param length how many bytes it says that it wrote
     * @return which one
     */
    public int serve(long length) {
        if (!device.take()) {
            throw new AssertionError("nothing was available");
        }
        int id = device.chain().id();
        device.use(id, length);
        device.publish();
        return id;
    }

    /**
     * Sends a chain round.
     *
     * @param id of the chain
     * @param times how often
     */
    public void turn(int id, long times) {
        for (long i = 0; i < times; i++) {
            send(id);
            serve(0);
            if (driver.poll() != id) {
                throw new AssertionError("another chain came back than " + id);
            }
        }
    }

    /**
     * Moves the position on, by chains of one slot.
     *
     * @param slots how far
     * @return this ring
     */
    public BothEnds startingAt(int slots) {
        int id = driver.reserve(small());
        turn(id, slots);
        driver.release(id);
        driver.deviceWantsNotification();
        device.driverWantsNotification();
        return this;
    }

    /**
     * {@return the address of bytes that no other chain has, until all have been given out}
     *
     * @param bytes how many
     */
    public final long address(long bytes) {
        if (nextAddress + bytes > end) {
            nextAddress = start;
        }
        long address = nextAddress;
        nextAddress += bytes;
        return address;
    }
}
