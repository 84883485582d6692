package dev.virtq.memory;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Exclusive ownership of a {@link DmaBuffer}: proof, for its holder, that nobody else puts the
 * buffer into a ring, frees it, or looks at it against the {@link BufferGuard}'s will. Made by
 * {@link DmaBuffer#claim}; ended once, by {@link #release}, {@link #free} or {@link #quarantine}.
 */
public final class BufferClaim {
    private final DmaBuffer buffer;
    private final BufferGuard guard;
    private boolean ended;

    BufferClaim(DmaBuffer buffer, BufferGuard guard) {
        this.buffer = buffer;
        this.guard = guard;
    }

    /** {@return the claimed buffer} */
    public DmaBuffer buffer() {
        return buffer;
    }

    /** {@return the bytes, unguarded: the holder vouches for every access} */
    public MemorySegment segment() {
        return buffer.trusted();
    }

    /** {@return where the buffer lies for the device} */
    public List<Extent> extents() {
        return buffer.extents();
    }

    /**
     * Checks that {@link #revokeViews} would succeed. It changes nothing, so that several buffers
     * can be checked before the first is revoked.
     *
     * @throws IllegalStateException when another thread has a view open
     */
    public void checkViewsRevocable() {
        buffer.checkViewsRevocable();
    }

    /**
     * Ends every view of the buffer; an access through one throws from now on.
     *
     * @throws IllegalStateException when another thread has a view open
     */
    public void revokeViews() {
        buffer.closeViews();
    }

    /** Gives the buffer back to whoever allocated it, alive. */
    public void release() {
        end();
        buffer.unclaim();
    }

    /**
     * Gives the buffer's memory back to the pool that it came from. When another thread has a view
     * of it open, the memory is taken out of use instead.
     */
    public void free() {
        end();
        buffer.freeClaimed();
    }

    /** Takes the buffer's memory out of use for ever, since a device may still write to it. */
    public void quarantine() {
        end();
        buffer.quarantine();
    }

    BufferGuard guard() {
        return guard;
    }

    private void end() {
        if (ended) {
            throw new IllegalStateException("the claim on " + buffer + " has ended already");
        }
        ended = true;
    }
}
