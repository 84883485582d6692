package dev.virtq.transport.pci.signal;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.pci.RegisterWindow;
import dev.virtq.transport.pci.layout.Presence;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The ISR status, for a function that sends no messages (virtio 1.4, section 4.1.4.5). Nobody
 * listens to the interrupt pin, so it is polled; reading it clears it.
 */
final class IsrStatus implements EventSource {
    private static final int REGISTER = 0;
    private static final int KNOWN_BITS = QUEUE | CONFIG; // the bits above are reserved

    // Shorter than a request takes at first, then no more than a scheduler tick.
    private static final long FIRST_PAUSE_NANOS = 20_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000;

    private final RegisterWindow isr;
    private final Presence presence;

    IsrStatus(RegisterWindow isr, Presence presence) {
        this.isr = isr;
        this.presence = presence;
    }

    @Override
    public int poll() {
        return presence.checked(isr.readByte(REGISTER) & 0xff) & KNOWN_BITS;
    }

    @Override
    public int await(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        long pause = FIRST_PAUSE_NANOS;
        while (true) {
            Optional<DeviceLostException> lost = presence.lost();
            if (lost.isPresent()) {
                throw lost.get();
            }
            int events = poll();
            if (events != 0) {
                return events;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return 0;
            }
            LockSupport.parkNanos(Math.min(left, pause));
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
    }
}
