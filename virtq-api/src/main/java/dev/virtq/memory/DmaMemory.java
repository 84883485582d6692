package dev.virtq.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a device can reach.
 *
 * <p>It allocates {@link DmaBuffer}s, and translates between the JVM's view of memory and the
 * device's: a {@link MemorySegment} here is one or more {@link Extent}s there. Real memory has
 * holes (a PC's RAM has one below 4 GiB), so one segment may be several extents.
 *
 * <p>Closing it refuses further access and does not unmap: the mapping lives as long as anybody
 * holds a segment of it.
 *
 * <p>Threads: all methods may be called from any thread.
 */
public final class DmaMemory implements AutoCloseable {
    /** A cache line: neighbours in memory are not neighbours in a line. */
    private static final long DEFAULT_ALIGNMENT = 64;

    private record Place(MemoryPool pool, long offset) {}

    private final List<MemoryPool> pools = new CopyOnWriteArrayList<>();
    private final IdentityHashMap<DmaBuffer, Place> live = new IdentityHashMap<>();

    /** Wrapped buffers of which somebody took a view: most are made for one transfer, and none. */
    private final Set<DmaBuffer> viewed = Collections.newSetFromMap(new WeakHashMap<>());

    /**
     * Not volatile, which would cost a device end more than the search: it is immutable, and who
     * has been told of an address by whoever registered it sees it.
     */
    private DeviceAddresses addresses = DeviceAddresses.of(List.of());

    private long quarantined;
    private volatile boolean closed;

    /**
     * Makes memory of what driver and device share.
     *
     * @param mappings the shared memory, to allocate from; what is somebody's already is
     *     {@linkplain #register registered} later
     */
    public DmaMemory(MemoryMapping... mappings) {
        for (MemoryMapping mapping : mappings) {
            add(mapping, FreeRuns.all(mapping));
        }
    }

    /**
     * Adds memory that the caller brings and the device reaches at the given addresses: it can be
     * {@linkplain #wrap wrapped} and translated. It stays the caller's, and nothing is allocated in
     * it.
     *
     * @param mapping the memory; it must not overlap what is there, on either side
     * @throws IllegalArgumentException when it overlaps
     */
    public void register(MemoryMapping mapping) {
        add(mapping, FreeRuns.none(mapping));
    }

    private synchronized void add(MemoryMapping mapping, FreeRuns runs) {
        checkOpen();
        pools.forEach(pool -> pool.checkApart(mapping));
        pools.add(new MemoryPool(mapping, runs));
        addresses = DeviceAddresses.of(mappings());
    }

    /**
     * Allocates a buffer, all zero, aligned to a cache line. It lies in one extent if any has room,
     * else across a hole.
     *
     * @param size in bytes; positive
     * @return the buffer; {@linkplain DmaBuffer#close close} it, or let a transfer own it
     * @throws IllegalStateException when there is not enough room
     */
    public DmaBuffer allocate(long size) {
        return allocate(size, DEFAULT_ALIGNMENT);
    }

    /**
     * Allocates a buffer, all zero; see {@link #allocate(long)}.
     *
     * @param size in bytes; positive
     * @param alignment of the device address; a power of two
     * @return the buffer
     * @throws IllegalStateException when there is not enough room
     */
    public synchronized DmaBuffer allocate(long size, long alignment) {
        checkRequest(size, alignment);
        return find(size, alignment, true)
                .or(() -> find(size, alignment, false))
                .orElseThrow(() -> full(size, ""));
    }

    /**
     * Allocates a buffer that is one extent, as a ring needs it, all zero.
     *
     * @param size in bytes; positive
     * @param alignment of the device address; a power of two
     * @return the buffer
     * @throws IllegalStateException when there is not enough room in one piece
     */
    public synchronized DmaBuffer allocateContiguous(long size, long alignment) {
        checkRequest(size, alignment);
        return find(size, alignment, true).orElseThrow(() -> full(size, " in one extent"));
    }

    /**
     * Allocates the bytes that start at a device address, all zero. They may run across a hole.
     *
     * @param address as the device sees it
     * @param size in bytes; positive
     * @return the buffer
     * @throws IllegalArgumentException when the bytes are not in this memory
     * @throws IllegalStateException when some of them are taken
     */
    public synchronized DmaBuffer allocateAt(long address, long size) {
        checkRequest(size, 1);
        for (MemoryPool pool : pools) {
            long offset = pool.offsetOf(address, size);
            if (offset >= 0) {
                if (!pool.runs().takeAt(offset, size)) {
                    throw new IllegalStateException(
                            "%d bytes at 0x%x are not all free".formatted(size, address));
                }
                return buffer(new Place(pool, offset), size);
            }
        }
        throw outside(address, size);
    }

    /**
     * Makes a buffer of memory that the caller brings, without a copy: a slice of a {@linkplain
     * #register registered} mapping, or of a buffer that the caller has allocated and keeps while
     * the new one is in use. Views that the caller took of the segment himself cannot be revoked,
     * and nobody checks that a segment is wrapped only once.
     *
     * @param segment the bytes; not empty
     * @return the buffer; closing it does not free anything
     * @throws IllegalArgumentException when the device cannot reach the segment, or it is not
     *     allocated
     */
    public synchronized DmaBuffer wrap(MemorySegment segment) {
        checkOpen();
        List<Extent> extents = extents(segment);
        Place place = placeOf(segment);
        if (place.pool.runs().isAnyFree(place.offset, segment.byteSize())) {
            throw new IllegalArgumentException(
                    "%d bytes at 0x%x are free, and the next allocation may get them; take them with DmaMemory.allocateAt"
                            .formatted(segment.byteSize(), extents.getFirst().address()));
        }
        // The mapping's own slice: it is for every thread, and it ends with nobody's arena.
        MemorySegment bytes =
                place.pool.mapping().segment().asSlice(place.offset, segment.byteSize());
        return new DmaBuffer(this, bytes, extents, false);
    }

    /** Takes note of a wrapped buffer whose views {@link #close} has to end. */
    synchronized void viewed(DmaBuffer buffer) {
        checkOpen();
        viewed.add(buffer);
    }

    /**
     * Translates a segment.
     *
     * @param segment a slice of a registered mapping; not empty
     * @return the extents that it covers, in order
     * @throws IllegalArgumentException when the device cannot reach the segment
     */
    public List<Extent> extents(MemorySegment segment) {
        Place place = placeOf(segment);
        return place.pool.mapping().translate(place.offset, segment.byteSize());
    }

    /**
     * {@return whether the device can reach a segment, so that it can be {@linkplain #wrap
     * wrapped}}
     *
     * @param segment any segment
     */
    public boolean reaches(MemorySegment segment) {
        return find(segment) != null;
    }

    private @Nullable Place find(MemorySegment segment) {
        if (segment.isNative() && segment.byteSize() > 0) {
            for (MemoryPool pool : pools) {
                long offset = pool.offsetOf(segment);
                if (offset >= 0) {
                    return new Place(pool, offset);
                }
            }
        }
        return null;
    }

    private Place placeOf(MemorySegment segment) {
        Place place = find(segment);
        if (place != null) {
            return place;
        }
        throw new IllegalArgumentException(
                "%d bytes at %s are not in memory that the device can reach; allocate them from"
                                .formatted(
                                        segment.byteSize(),
                                        segment.isNative()
                                                ? "host address 0x%x".formatted(segment.address())
                                                : "the Java heap")
                        + " DmaMemory, or register their mapping with DmaMemory.register");
    }

    /**
     * Finds bytes by their device address: bare, as the device sees them.
     *
     * @param address as the device sees it
     * @param length how many bytes; they must lie in one extent
     * @return the bytes; empty when this memory does not have all of them in one run
     */
    public Optional<MemorySegment> at(long address, long length) {
        DeviceAddresses known = addresses;
        int extent = known.find(address, length);
        return extent == DeviceAddresses.NOWHERE
                ? Optional.empty()
                : Optional.of(known.bytes(extent, address, length));
    }

    /**
     * {@return whether the bytes are in this memory, all in one run}
     *
     * @param address as the device sees it
     * @param length how many bytes
     */
    public boolean contains(long address, long length) {
        return addresses.find(address, length) != DeviceAddresses.NOWHERE;
    }

    /** {@return the extents of all registered mappings, in the order of registration} */
    public List<Extent> extents() {
        List<Extent> all = new ArrayList<>();
        pools.forEach(pool -> all.addAll(pool.mapping().extents()));
        return all;
    }

    /** {@return the registered mappings} */
    public List<MemoryMapping> mappings() {
        return pools.stream().map(MemoryPool::mapping).toList();
    }

    /** {@return how many bytes can still be allocated} */
    public synchronized long available() {
        return pools.stream().mapToLong(pool -> pool.runs().free()).sum();
    }

    /** {@return how many bytes were taken out of use, since a device may still write to them} */
    public synchronized long quarantined() {
        return quarantined;
    }

    /** {@return whether access has been refused} */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Refuses further access: accessors and new views throw, the calling thread's open views end.
     * Idempotent. A view that another thread holds stays readable, since only its maker can end it,
     * and what it shows is nobody's any more.
     */
    @Override
    public void close() {
        List<DmaBuffer> buffers;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            buffers = new ArrayList<>(live.keySet());
            buffers.addAll(viewed);
        }
        buffers.forEach(DmaBuffer::memoryClosed);
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "the memory was closed, with the machine it belongs to");
        }
    }

    synchronized void giveBack(DmaBuffer buffer) {
        Place place = live.remove(buffer);
        if (place != null) {
            place.pool.runs().giveBack(place.offset, buffer.size());
        }
    }

    synchronized void keepForEver(DmaBuffer buffer) {
        if (live.remove(buffer) != null) {
            quarantined += buffer.size();
        }
    }

    private Optional<DmaBuffer> find(long size, long alignment, boolean contiguous) {
        for (MemoryPool pool : pools) {
            long offset = pool.runs().take(size, alignment, contiguous);
            if (offset >= 0) {
                return Optional.of(buffer(new Place(pool, offset), size));
            }
        }
        return Optional.empty();
    }

    private DmaBuffer buffer(Place place, long size) {
        MemorySegment bytes = place.pool.mapping().segment().asSlice(place.offset, size);
        bytes.fill((byte) 0);
        DmaBuffer buffer =
                new DmaBuffer(
                        this, bytes, place.pool.mapping().translate(place.offset, size), true);
        live.put(buffer, place);
        return buffer;
    }

    private void checkRequest(long size, long alignment) {
        checkOpen();
        if (size <= 0) {
            throw new IllegalArgumentException("buffer size " + size + " (expected: 1 or more)");
        }
        if (Long.bitCount(alignment) != 1) {
            throw new IllegalArgumentException(
                    "alignment " + alignment + " (expected: a power of two)");
        }
    }

    private IllegalStateException full(long size, String how) {
        return new IllegalStateException(
                "no room for %d bytes%s: %d bytes are free, %d are in quarantine"
                        .formatted(size, how, available(), quarantined));
    }

    private IllegalArgumentException outside(long address, long size) {
        return new IllegalArgumentException(
                "%d bytes at 0x%x are not in the device's memory (expected: within %s)"
                        .formatted(size, address, describe(extents())));
    }

    private static String describe(List<Extent> extents) {
        List<String> ranges = new ArrayList<>();
        for (Extent extent : extents) {
            ranges.add("0x%x..0x%x".formatted(extent.address(), extent.end() - 1));
        }
        return String.join(", ", ranges);
    }
}
