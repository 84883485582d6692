package dev.virtq.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory that the device can reach, allocated from a {@link DmaMemory}.
 *
 * <p>There are three ways to its bytes. <em>Accessors</em> check before each access, from any
 * thread, and allocate nothing. <em>{@linkplain #view Views}</em> are segments that end when the
 * buffer is sent. The <em>{@linkplain #trusted trusted}</em> segment is bare: it is for drivers
 * that vouch for themselves. The first two refuse while a device owns the buffer, and after the
 * memory was closed.
 *
 * <pre>{@code
 * DmaBuffer request = memory.allocate(64);
 * request.setInt(0, 42);                       // an accessor, little-endian
 * request.view().asSlice(4, 16).fill((byte) 1); // a view, for more than a field
 * }</pre>
 *
 * <p>Multi-byte accessors are little-endian and need no alignment, as virtio structures are packed.
 */
public final class DmaBuffer implements AutoCloseable {
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private enum State {
        OPEN,
        CLOSED,
        QUARANTINED
    }

    private final DmaMemory memory;
    private final MemorySegment bytes;
    private final List<Extent> extents;
    private final boolean allocated;
    private final BufferViews views = new BufferViews(this);

    private volatile State state = State.OPEN;
    private volatile @Nullable BufferClaim claim;

    DmaBuffer(DmaMemory memory, MemorySegment bytes, List<Extent> extents, boolean allocated) {
        this.memory = memory;
        this.bytes = bytes;
        this.extents = List.copyOf(extents);
        this.allocated = allocated;
    }

    /** {@return how many bytes the buffer has} */
    public long size() {
        return bytes.byteSize();
    }

    /** {@return the memory that the buffer belongs to} */
    public DmaMemory memory() {
        return memory;
    }

    /**
     * {@return where the buffer lies for the device: one run, or several where memory has holes}
     */
    public List<Extent> extents() {
        return extents;
    }

    /**
     * Opens a view of all bytes. It belongs to the calling thread and ends when the buffer is sent,
     * freed, or its memory is closed; an access after that throws.
     *
     * @return the bytes
     * @throws IllegalStateException when the device owns the buffer, it was freed, or another
     *     thread has a view open
     */
    public MemorySegment view() {
        return openViews().view(bytes);
    }

    /**
     * Opens a view of some bytes; see {@link #view()}.
     *
     * @param offset where the view starts, in bytes
     * @param length how many bytes it has
     * @return the bytes
     * @throws IllegalStateException when the device owns the buffer, it was freed, or another
     *     thread has a view open
     * @throws IndexOutOfBoundsException when the range is not in the buffer
     */
    public MemorySegment view(long offset, long length) {
        MemorySegment slice = bytes.asSlice(offset, length);
        return openViews().view(slice);
    }

    /**
     * The bare bytes, for a driver that vouches for itself: nothing revokes this segment, and
     * writing to it while the device owns the buffer is a race with the device.
     *
     * @return the bytes
     */
    public MemorySegment trusted() {
        return bytes;
    }

    /**
     * {@return the byte at the offset}
     *
     * @param offset in bytes
     */
    public byte byteAt(long offset) {
        checkAccess();
        return bytes.get(ValueLayout.JAVA_BYTE, offset);
    }

    /**
     * {@return the 16-bit value at the offset}
     *
     * @param offset in bytes
     */
    public short shortAt(long offset) {
        checkAccess();
        return bytes.get(SHORT, offset);
    }

    /**
     * {@return the 32-bit value at the offset}
     *
     * @param offset in bytes
     */
    public int intAt(long offset) {
        checkAccess();
        return bytes.get(INT, offset);
    }

    /**
     * {@return the 64-bit value at the offset}
     *
     * @param offset in bytes
     */
    public long longAt(long offset) {
        checkAccess();
        return bytes.get(LONG, offset);
    }

    /**
     * Writes a byte.
     *
     * @param offset in bytes
     * @param value the value
     */
    public void setByte(long offset, byte value) {
        checkAccess();
        bytes.set(ValueLayout.JAVA_BYTE, offset, value);
    }

    /**
     * Writes a 16-bit value.
     *
     * @param offset in bytes
     * @param value the value
     */
    public void setShort(long offset, short value) {
        checkAccess();
        bytes.set(SHORT, offset, value);
    }

    /**
     * Writes a 32-bit value.
     *
     * @param offset in bytes
     * @param value the value
     */
    public void setInt(long offset, int value) {
        checkAccess();
        bytes.set(INT, offset, value);
    }

    /**
     * Writes a 64-bit value.
     *
     * @param offset in bytes
     * @param value the value
     */
    public void setLong(long offset, long value) {
        checkAccess();
        bytes.set(LONG, offset, value);
    }

    /**
     * Copies bytes into the buffer.
     *
     * @param offset where to, in bytes
     * @param source what to copy, all of it
     */
    public void copyFrom(long offset, MemorySegment source) {
        checkAccess();
        MemorySegment.copy(source, 0, bytes, offset, source.byteSize());
    }

    /**
     * Copies bytes out of the buffer.
     *
     * @param offset where from, in bytes
     * @param target where to; it is filled
     */
    public void copyTo(long offset, MemorySegment target) {
        checkAccess();
        MemorySegment.copy(bytes, offset, target, 0, target.byteSize());
    }

    /**
     * Writes a typed structure straight into the buffer.
     *
     * @param <T> its type
     * @param offset where to, in bytes
     * @param codec how it lies in memory
     * @param value what to write
     */
    public <T> void write(long offset, StructCodec<T> codec, T value) {
        checkAccess();
        codec.write(value, bytes.asSlice(offset, codec.byteSize()));
    }

    /**
     * Reads a typed structure, from a copy, so that a device that writes late cannot change it
     * between two fields.
     *
     * @param <T> its type
     * @param offset where from, in bytes
     * @param codec how it lies in memory
     * @return the structure
     */
    public <T> T read(long offset, StructCodec<T> codec) {
        MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(codec.byteSize())]);
        copyTo(offset, copy);
        return codec.read(copy);
    }

    /**
     * Takes exclusive ownership, as {@code prepare} does for a transfer.
     *
     * @param guard says when the bytes may be touched
     * @return the proof of ownership
     * @throws IllegalStateException when somebody has it already, or it was freed
     */
    public synchronized BufferClaim claim(BufferGuard guard) {
        checkOpen();
        BufferClaim holder = claim;
        if (holder != null) {
            throw new IllegalStateException(
                    this + " is in " + holder.guard().describe() + " already");
        }
        BufferClaim taken = new BufferClaim(this, guard);
        claim = taken;
        return taken;
    }

    /**
     * Ends every view of the buffer.
     *
     * @throws IllegalStateException when another thread has a view open
     */
    public void closeViews() {
        if (!views.endOwn()) {
            endViews();
        }
    }

    /**
     * Frees the memory. Idempotent. Memory that was {@linkplain DmaMemory#wrap wrapped} stays with
     * its owner.
     *
     * @throws IllegalStateException when a transfer owns the buffer, or another thread has a view
     *     open
     */
    @Override
    public synchronized void close() {
        if (state != State.OPEN) {
            return;
        }
        BufferClaim holder = claim;
        if (holder != null) {
            throw new IllegalStateException(
                    this + " is in " + holder.guard().describe() + "; close that instead");
        }
        closeViews();
        state = State.CLOSED;
        if (allocated) {
            memory.giveBack(this);
        }
    }

    /**
     * {@return the size and the first device address, as in {@code buffer of 64 bytes at 0x1000}}
     */
    @Override
    public String toString() {
        return "buffer of %d bytes at 0x%x".formatted(size(), extents.getFirst().address());
    }

    void checkViewsRevocable() {
        views.checkRevocable();
    }

    synchronized void unclaim() {
        claim = null;
    }

    /**
     * Ends the claim and frees the memory. What another thread still looks at is kept out of use
     * instead: nobody else's bytes shall show up in its view.
     */
    synchronized void freeClaimed() {
        claim = null;
        if (views.areRevocable()) {
            close();
        } else {
            quarantine();
        }
    }

    synchronized void quarantine() {
        claim = null;
        state = State.QUARANTINED;
        if (allocated) {
            memory.keepForEver(this);
        }
    }

    /** Ends what can be ended from this thread, when the memory is closed under the buffer. */
    synchronized void memoryClosed() {
        if (views.areRevocable()) {
            views.end();
        }
    }

    private synchronized void endViews() {
        views.end();
    }

    private synchronized ViewScope openViews() {
        checkOpen();
        BufferClaim holder = claim;
        if (holder != null) {
            holder.guard().checkView();
            checkOpen(); // the guard's queue may have found just now that its device was closed
        }
        if (!allocated) {
            memory.viewed(this);
        }
        return views.ofThisThread();
    }

    private void checkAccess() {
        checkOpen();
        BufferClaim holder = claim;
        if (holder != null) {
            holder.guard().checkAccess();
        }
    }

    private void checkOpen() {
        memory.checkOpen();
        State now = state;
        if (now != State.OPEN) {
            throw new IllegalStateException(
                    now == State.CLOSED
                            ? this + " was freed"
                            : this + " is in quarantine: a device may still write to it");
        }
    }
}
