package dev.virtq.machine.sim.device;

import dev.virtq.queue.ring.DeviceChain;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Receive buffers that are collected until a frame fits, where VIRTIO_NET_F_MRG_RXBUF was accepted
 * (virtio 1.4, section 5.1.9.4.1). They are used together, each but the last completely.
 *
 * <p>Under the device's lock.
 */
final class MergedBuffers {
    /** Where a buffer is: kept, since the ring forgets a chain when it takes the next. */
    private record Taken(int id, long room, List<MemorySegment> parts) {
        static Taken of(DeviceChain chain) {
            List<MemorySegment> parts = new ArrayList<>();
            for (int i = chain.readableCount(); i < chain.count(); i++) {
                parts.add(chain.segment(i));
            }
            return new Taken(chain.id(), chain.writableBytes(), parts);
        }
    }

    private final List<Taken> buffers = new ArrayList<>();
    private long room;

    /**
     * Takes buffers until there is enough room.
     *
     * @return whether there is
     */
    boolean collect(QueueEnd queue, long wanted) {
        while (room < wanted && queue.take()) {
            Taken taken = Taken.of(queue.chain());
            queue.keep();
            buffers.add(taken);
            room += taken.room;
        }
        return room >= wanted;
    }

    /** {@return in how many buffers so many bytes lie, at least one} */
    int countFor(long bytes) {
        long left = bytes;
        int count = 0;
        do {
            left -= buffers.get(count++).room;
        } while (left > 0);
        return count;
    }

    /** {@return the room in the first buffer} */
    long firstRoom() {
        return buffers.getFirst().room;
    }

    /** Writes bytes across the buffers, uses those that have any, and tells the driver once. */
    void fill(QueueEnd queue, MemorySegment bytes) {
        long done = 0;
        int count = countFor(bytes.byteSize());
        int[] ids = new int[count];
        long[] lengths = new long[count];
        for (int i = 0; i < count; i++) {
            Taken buffer = buffers.get(i);
            ids[i] = buffer.id;
            for (MemorySegment part : buffer.parts) {
                long run = Math.min(part.byteSize(), bytes.byteSize() - done);
                MemorySegment.copy(bytes, done, part, 0, run);
                done += run;
                lengths[i] += run;
            }
            room -= buffer.room;
        }
        buffers.subList(0, count).clear();
        queue.useTogether(ids, lengths);
    }

    /** The queue is no more, or starts afresh. */
    void clear() {
        buffers.clear();
        room = 0;
    }
}
