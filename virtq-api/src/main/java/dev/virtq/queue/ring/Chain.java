package dev.virtq.queue.ring;

import dev.virtq.memory.Extent;
import java.util.List;

/**
 * What one transfer asks the device to read and to write: the elements that become descriptors, in
 * driver memory, where no device can change them.
 *
 * <p>An element is a run that is contiguous for the device. A buffer that lies across a hole
 * becomes several. All device-readable elements come before the device-writable ones (virtio 1.4,
 * 2.7.4.2).
 *
 * <p>Not thread safe; it belongs to the thread that owns the queue.
 */
public final class Chain {
    /** A descriptor's length field has 32 bits; longer runs become several elements. */
    private static final long MAX_ELEMENT = 1L << 31;

    /** Section 2.7.5.2: a chain has at most 2^32 bytes. */
    private static final long MAX_TOTAL = 1L << 32;

    private final List<List<Extent>> buffers;
    private final int readableBuffers;
    private final long[] limits;
    private final long[] addresses;
    private final int[] lengths;
    private int readableCount;
    private int count;
    private long readableBytes;
    private long writableBytes;

    /**
     * Makes a chain of whole buffers.
     *
     * @param buffers the extents of each buffer, the device-readable buffers first
     * @param readableBuffers how many of them are device-readable
     * @throws IllegalArgumentException when there is no buffer, or they have more than 2^32 bytes
     */
    public Chain(List<List<Extent>> buffers, int readableBuffers) {
        this.buffers = List.copyOf(buffers);
        this.readableBuffers = readableBuffers;
        limits = new long[buffers.size()];
        int elements = 0;
        long total = 0;
        for (int i = 0; i < limits.length; i++) {
            for (Extent extent : buffers.get(i)) {
                limits[i] += extent.length();
                elements += (int) ((extent.length() + MAX_ELEMENT - 1) / MAX_ELEMENT);
            }
            total += limits[i];
        }
        if (elements == 0) {
            throw new IllegalArgumentException("a transfer needs at least one buffer");
        }
        if (total > MAX_TOTAL) {
            throw new IllegalArgumentException(
                    "a transfer of %d bytes (expected: at most 2^32, virtio 1.4, 2.7.5.2)"
                            .formatted(total));
        }
        addresses = new long[elements];
        lengths = new int[elements];
        layOut();
    }

    /**
     * Uses only the first bytes of a buffer from now on.
     *
     * @param buffer its index, the device-readable ones first
     * @param length how many bytes; 0 to the buffer's size
     * @return whether that changed anything
     */
    public boolean limit(int buffer, long length) {
        long size = size(buffer);
        if (length < 0 || length > size) {
            throw new IllegalArgumentException(
                    "limit %d for buffer %d (expected: 0..%d)".formatted(length, buffer, size));
        }
        long before = limits[buffer];
        if (before == length) {
            return false;
        }
        limits[buffer] = length;
        layOut();
        if (count == 0) {
            limits[buffer] = before;
            layOut();
            throw new IllegalArgumentException(
                    "limit 0 for buffer %d would leave nothing to transfer".formatted(buffer));
        }
        return true;
    }

    /** {@return how many elements there are at most: with every buffer at its full size} */
    public int capacity() {
        return addresses.length;
    }

    /** {@return how many elements there are} */
    public int count() {
        return count;
    }

    /** {@return how many of the elements are device-readable; they come first} */
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
     * {@return the device address of an element}
     *
     * @param element 0 to {@link #count} - 1
     */
    public long address(int element) {
        return addresses[element];
    }

    /**
     * {@return the length of an element, in bytes, as the descriptor holds it}
     *
     * @param element 0 to {@link #count} - 1
     */
    public int length(int element) {
        return lengths[element];
    }

    /**
     * {@return how many bytes of a buffer are used}
     *
     * @param buffer its index, the device-readable ones first
     */
    public long limit(int buffer) {
        return limits[buffer];
    }

    private long size(int buffer) {
        long size = 0;
        List<Extent> extents = buffers.get(buffer);
        for (int i = 0; i < extents.size(); i++) { // by index: a limit is set for every frame
            size += extents.get(i).length();
        }
        return size;
    }

    private void layOut() {
        count = 0;
        readableCount = 0;
        readableBytes = 0;
        writableBytes = 0;
        for (int i = 0; i < limits.length; i++) {
            long left = limits[i];
            List<Extent> extents = buffers.get(i);
            for (int e = 0; e < extents.size(); e++) {
                Extent extent = extents.get(e);
                long run = Math.min(left, extent.length());
                for (long at = 0; at < run; at += MAX_ELEMENT) {
                    addresses[count] = extent.address() + at;
                    lengths[count] = (int) Math.min(run - at, MAX_ELEMENT);
                    count++;
                }
                left -= run;
            }
            if (i < readableBuffers) {
                readableBytes += limits[i];
                readableCount = count;
            } else {
                writableBytes += limits[i];
            }
        }
    }
}
