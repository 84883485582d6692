package dev.virtq.transport;

import dev.virtq.device.DeviceLostException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A status register that tells what an interrupt line is up for: the ISR status of a PCI function,
 * InterruptStatus of an MMIO device. Without a line to wait on it is looked at now and then.
 */
public final class EventStatus implements EventSource {
    // Shorter than a request takes at first, then no more than a scheduler tick.
    private static final long FIRST_PAUSE_NANOS = 20_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000;

    /** How long a thread sleeps before it looks whether the device is still there. */
    private static final long SLICE_NANOS = 50_000_000;

    private static final int KNOWN_BITS = QUEUE | CONFIG; // the bits above are reserved

    private final IntSupplier register;
    private final @Nullable InterruptLine line;
    private final Supplier<Optional<DeviceLostException>> lost;
    private final AtomicLong told = new AtomicLong();

    /**
     * Watches a register.
     *
     * @param register takes the events that it shows, so that it shows them no more
     * @param line what goes up when it shows one; null when nobody listens to it
     * @param lost why the device is gone; empty while it is there
     */
    public EventStatus(
            IntSupplier register,
            @Nullable InterruptLine line,
            Supplier<Optional<DeviceLostException>> lost) {
        this.register = register;
        this.line = line;
        this.lost = lost;
    }

    @Override
    public int poll() {
        InterruptLine heard = line;
        int events = heard == null || heard.isRaised() ? register.getAsInt() & KNOWN_BITS : 0;
        if (events != 0) {
            told.incrementAndGet();
        }
        return events;
    }

    /** {@return how often it has shown an event} */
    public long told() {
        return told.get();
    }

    @Override
    public int await(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        long pause = FIRST_PAUSE_NANOS;
        while (true) {
            Optional<DeviceLostException> gone = lost.get();
            if (gone.isPresent()) {
                throw gone.get();
            }
            int events = poll();
            if (events != 0) {
                return events;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return 0;
            }
            InterruptLine heard = line;
            if (heard != null && !heard.isRaised()) {
                heard.await(Math.min(left, SLICE_NANOS));
                continue;
            }
            // Nobody listens, or it is up for another device that shares the line.
            LockSupport.parkNanos(Math.min(left, pause));
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
    }
}
