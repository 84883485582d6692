package dev.virtq.proof.worlds;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;

/**
 * What the accesses of ring classes are turned into by {@link RingLoader}: one method for each
 * method of {@link VarHandle} and {@link MemorySegment} that they may call, with the same
 * parameters. Public, since the rewritten classes are in a package of their own.
 */
public final class Steps {
    private Steps() {}

    private static long load(MemorySegment segment, long offset, int width, Order order) {
        check(segment, offset, width);
        return Stepper.current().load(segment.address() + offset, width, order);
    }

    private static void store(
            MemorySegment segment, long offset, int width, long value, Order order) {
        check(segment, offset, width);
        Stepper.current().store(segment.address() + offset, width, value, order);
    }

    private static void check(MemorySegment segment, long offset, int width) {
        if (offset < 0 || offset > segment.byteSize() - width) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at %d of %d".formatted(width, offset, segment.byteSize()));
        }
    }

    public static short getAcquire(VarHandle handle, MemorySegment segment, long offset) {
        return (short) load(segment, offset, 2, Order.ACQUIRE);
    }

    public static int getAcquireInt(VarHandle handle, MemorySegment segment, long offset) {
        return (int) load(segment, offset, 4, Order.ACQUIRE);
    }

    public static long getAcquireLong(VarHandle handle, MemorySegment segment, long offset) {
        return load(segment, offset, 8, Order.ACQUIRE);
    }

    public static short getOpaque(VarHandle handle, MemorySegment segment, long offset) {
        return (short) load(segment, offset, 2, Order.OPAQUE);
    }

    public static int getOpaqueInt(VarHandle handle, MemorySegment segment, long offset) {
        return (int) load(segment, offset, 4, Order.OPAQUE);
    }

    public static long getOpaqueLong(VarHandle handle, MemorySegment segment, long offset) {
        return load(segment, offset, 8, Order.OPAQUE);
    }

    public static short get(VarHandle handle, MemorySegment segment, long offset) {
        return (short) load(segment, offset, 2, Order.PLAIN);
    }

    public static int getInt(VarHandle handle, MemorySegment segment, long offset) {
        return (int) load(segment, offset, 4, Order.PLAIN);
    }

    public static long getLong(VarHandle handle, MemorySegment segment, long offset) {
        return load(segment, offset, 8, Order.PLAIN);
    }

    public static void setRelease(
            VarHandle handle, MemorySegment segment, long offset, short value) {
        store(segment, offset, 2, Short.toUnsignedLong(value), Order.RELEASE);
    }

    public static void setRelease(VarHandle handle, MemorySegment segment, long offset, int value) {
        store(segment, offset, 4, value, Order.RELEASE);
    }

    public static void setRelease(
            VarHandle handle, MemorySegment segment, long offset, long value) {
        store(segment, offset, 8, value, Order.RELEASE);
    }

    public static void setOpaque(
            VarHandle handle, MemorySegment segment, long offset, short value) {
        store(segment, offset, 2, Short.toUnsignedLong(value), Order.OPAQUE);
    }

    public static void setOpaque(VarHandle handle, MemorySegment segment, long offset, int value) {
        store(segment, offset, 4, value, Order.OPAQUE);
    }

    public static void setOpaque(VarHandle handle, MemorySegment segment, long offset, long value) {
        store(segment, offset, 8, value, Order.OPAQUE);
    }

    public static void set(VarHandle handle, MemorySegment segment, long offset, short value) {
        store(segment, offset, 2, Short.toUnsignedLong(value), Order.PLAIN);
    }

    public static void set(VarHandle handle, MemorySegment segment, long offset, int value) {
        store(segment, offset, 4, value, Order.PLAIN);
    }

    public static void set(VarHandle handle, MemorySegment segment, long offset, long value) {
        store(segment, offset, 8, value, Order.PLAIN);
    }

    public static short get(MemorySegment segment, ValueLayout.OfShort layout, long offset) {
        return (short) load(segment, offset, 2, Order.PLAIN);
    }

    public static int get(MemorySegment segment, ValueLayout.OfInt layout, long offset) {
        return (int) load(segment, offset, 4, Order.PLAIN);
    }

    public static long get(MemorySegment segment, ValueLayout.OfLong layout, long offset) {
        return load(segment, offset, 8, Order.PLAIN);
    }

    public static void set(
            MemorySegment segment, ValueLayout.OfShort layout, long offset, short value) {
        store(segment, offset, 2, Short.toUnsignedLong(value), Order.PLAIN);
    }

    public static void set(
            MemorySegment segment, ValueLayout.OfInt layout, long offset, int value) {
        store(segment, offset, 4, value, Order.PLAIN);
    }

    public static void set(
            MemorySegment segment, ValueLayout.OfLong layout, long offset, long value) {
        store(segment, offset, 8, value, Order.PLAIN);
    }

    /** For a negative control: stores the second word of the descriptor whose first was stored. */
    public static void releaseRest(long rest) {
        Stepper stepper = Stepper.current();
        stepper.store(stepper.lastStored() + 8, 8, rest, Order.RELEASE);
    }

    /** For a negative control: the device end stores a used descriptor at once. */
    public static void releaseRest(Object ring, long rest) {
        try {
            Field slot = ring.getClass().getDeclaredField("firstSlot");
            Field descriptors = ring.getClass().getDeclaredField("descriptors");
            slot.setAccessible(true);
            descriptors.setAccessible(true);
            store(
                    (MemorySegment) descriptors.get(ring),
                    16L * slot.getInt(ring) + 8,
                    8,
                    rest,
                    Order.RELEASE);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void fullFence() {
        Stepper.current().fence();
    }
}
