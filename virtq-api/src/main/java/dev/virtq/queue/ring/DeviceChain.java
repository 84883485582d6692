package dev.virtq.queue.ring;

import dev.virtq.memory.DmaMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A chain as the device sees it: elements that were checked to lie in memory. It is a cursor that
 * the device end fills again and again, so that taking a chain allocates nothing.
 */
public final class DeviceChain {
    private final DmaMemory memory;
    private long[] addresses = new long[16];
    private long[] lengths = new long[16];
    private int id;
    private int count;
    private int readableCount;
    private long readableBytes;
    private long writableBytes;

    /**
     * Makes an empty cursor.
     *
     * @param memory where the driver's addresses lead
     */
    public DeviceChain(DmaMemory memory) {
        this.memory = memory;
    }

    /**
     * Starts a new chain.
     *
     * @param newId its id
     */
    public void begin(int newId) {
        id = newId;
        count = 0;
        readableCount = 0;
        readableBytes = 0;
        writableBytes = 0;
    }

    /**
     * Adds an element.
     *
     * @param address its device address
     * @param length in bytes, unsigned 32 bits
     * @param writable whether the device may write it
     * @throws DriverFaultException when it is not in memory, or a device-readable element follows a
     *     device-writable one
     */
    public void add(long address, long length, boolean writable) {
        if (!memory.contains(address, length)) {
            throw new DriverFaultException(
                    "a descriptor of %d bytes at 0x%x leads outside memory"
                            .formatted(length, address),
                    "2.7.5, 2.8.4");
        }
        if (!writable && readableCount < count) {
            throw new DriverFaultException(
                    "a device-readable descriptor follows a device-writable one", "2.7.4.2#1");
        }
        if (count == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        addresses[count] = address;
        lengths[count] = length;
        count++;
        if (writable) {
            writableBytes += length;
        } else {
            readableCount++;
            readableBytes += length;
        }
    }

    /** {@return the id to give back with {@link DeviceRing#use}} */
    public int id() {
        return id;
    }

    /** {@return how many elements there are} */
    public int count() {
        return count;
    }

    /** {@return how many of them are device-readable; they come first} */
    public int readableCount() {
        return readableCount;
    }

    /** {@return how many bytes the device may read} */
    public long readableBytes() {
        return readableBytes;
    }

    /** {@return how many bytes the device may write} */
    public long writableBytes() {
        return writableBytes;
    }

    /**
     * {@return the bytes of an element}
     *
     * @param element 0 to {@link #count} - 1
     */
    public MemorySegment segment(int element) {
        return memory.at(addresses[element], lengths[element]).orElseThrow();
    }

    /**
     * Copies from the device-readable bytes.
     *
     * @param offset where to start, in bytes from the first readable byte
     * @param target is filled as far as there are bytes
     * @return how many bytes were copied
     */
    public long read(long offset, MemorySegment target) {
        return move(0, readableCount, offset, target, false);
    }

    /**
     * Copies into the device-writable bytes.
     *
     * @param offset where to start, in bytes from the first writable byte
     * @param source is written as far as there is room
     * @return how many bytes were copied
     */
    public long write(long offset, MemorySegment source) {
        return move(readableCount, count, offset, source, true);
    }

    private long move(int from, int to, long offset, MemorySegment other, boolean intoChain) {
        long skip = offset;
        long done = 0;
        for (int i = from; i < to && done < other.byteSize(); i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long run = Math.min(lengths[i] - skip, other.byteSize() - done);
            MemorySegment bytes = segment(i);
            if (intoChain) {
                MemorySegment.copy(other, done, bytes, skip, run);
            } else {
                MemorySegment.copy(bytes, skip, other, done, run);
            }
            done += run;
            skip = 0;
        }
        return done;
    }
}
