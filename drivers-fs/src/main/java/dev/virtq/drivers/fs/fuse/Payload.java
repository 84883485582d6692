package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file that go with a request: the user's own memory where the device reaches it,
 * else a copy.
 */
final class Payload implements AutoCloseable {
    private final DmaBuffer buffer;
    private final @Nullable BufferPool pool;
    private final MemorySegment user;
    private final long length;
    private long copied;

    private Payload(DmaBuffer buffer, @Nullable BufferPool pool, MemorySegment user, long length) {
        this.buffer = buffer;
        this.pool = pool;
        this.user = user;
        this.length = length;
    }

    /** For bytes that the device shall read. */
    static Payload toSend(MemorySegment user, DmaMemory memory, BufferPools pools)
            throws IOException {
        Payload payload = of(user, memory, pools);
        if (payload.pool != null) {
            payload.buffer.copyFrom(0, user);
            payload.copied = payload.length;
        }
        return payload;
    }

    /** For bytes that the device shall write. */
    static Payload toReceive(MemorySegment user, DmaMemory memory, BufferPools pools)
            throws IOException {
        return of(user, memory, pools);
    }

    private static Payload of(MemorySegment user, DmaMemory memory, BufferPools pools)
            throws IOException {
        if (memory.reaches(user)) {
            return new Payload(memory.wrap(user), null, user, user.byteSize());
        }
        BufferPool pool = pools.forSize(user.byteSize());
        return new Payload(pools.take(pool), pool, user, user.byteSize());
    }

    DmaBuffer buffer() {
        return buffer;
    }

    long length() {
        return length;
    }

    /** The device has written so much of it. */
    void received(long count) {
        if (pool != null && count > 0) {
            MemorySegment.copy(buffer.trusted(), 0, user, 0, count);
            copied += count;
        }
    }

    /** {@return how many bytes were copied here} */
    long copied() {
        return copied;
    }

    /** The device is done with it. */
    @Override
    public void close() {
        if (pool != null) {
            pool.giveBack(buffer);
        } else {
            buffer.close();
        }
    }
}
