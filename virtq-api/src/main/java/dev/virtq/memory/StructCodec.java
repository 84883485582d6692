package dev.virtq.memory;

import java.lang.foreign.MemorySegment;

/**
 * How a typed structure lies in memory. A codec writes straight into the memory that the device
 * reads, and reads each field exactly once.
 *
 * @param <T> the structure's Java type
 */
public interface StructCodec<T> {
    /** {@return how many bytes the structure has in memory} */
    long byteSize();

    /**
     * Writes the structure.
     *
     * @param value what to write
     * @param target where to; at least {@link #byteSize} bytes
     */
    void write(T value, MemorySegment target);

    /**
     * Reads the structure.
     *
     * @param source a private copy, so that nobody changes it between two reads; at least {@link
     *     #byteSize} bytes
     * @return the structure
     */
    T read(MemorySegment source);
}
