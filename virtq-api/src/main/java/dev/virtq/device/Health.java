package dev.virtq.device;

import dev.virtq.queue.DeviceHealth;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The device's status, and whether it can be used at all. Queues ask it from their own threads
 * while they wait.
 */
final class Health implements DeviceHealth {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final Transport transport;
    private final Map<Integer, HeldDoorbell> doorbells = new TreeMap<>();
    private final AtomicLong configurationChanges = new AtomicLong();
    private final ReentrantLock examining = new ReentrantLock();
    private volatile @Nullable VirtioException failure;

    /** The status bits that the driver has set since the last reset, whatever the device shows. */
    private int set;

    Health(Transport transport) {
        this.transport = transport;
    }

    @Override
    public @Nullable VirtioException failure() {
        return failure;
    }

    @Override
    public void report(VirtioException found) {
        if (failure == null) {
            failure = found;
        }
    }

    /**
     * The status is read only when the device has announced a change (2.1.2: a device that needs a
     * reset sends a configuration change notification), since reading it may take longer than a
     * transfer.
     */
    @Override
    public void examine() {
        transport.lost().ifPresent(this::report);
        if (failure != null) {
            return;
        }
        // One at a time: whoever comes while another looks goes on when it is known what it saw.
        examining.lock();
        try {
            examineStatus();
        } finally {
            examining.unlock();
        }
    }

    private void examineStatus() {
        if (failure == null && transport.configInterrupt().poll()) {
            configurationChanges.incrementAndGet();
            int status = transport.readStatus();
            if (DeviceStatus.DEVICE_NEEDS_RESET.in(status)) {
                report(
                        new DeviceFaultException(
                                "the device needs a reset",
                                "2.1.2",
                                "status " + DeviceStatus.describe(status)));
            }
        }
    }

    void clear() {
        failure = null;
    }

    /** Another device has taken the place of one that was lost: its configuration is its own. */
    void connectedAnew() {
        configurationChanges.incrementAndGet();
    }

    /** {@return how often the device has announced a change, as far as anybody has looked} */
    long configurationChanges() {
        return configurationChanges.get();
    }

    boolean isEnabled(int queue) {
        return doorbells.containsKey(queue);
    }

    /** {@return the queue's doorbell, which is not heard before {@link #live}} */
    Doorbell enabled(int queue, Doorbell doorbell) {
        HeldDoorbell held = new HeldDoorbell(doorbell);
        doorbells.put(queue, held);
        return held;
    }

    /** The queue was reset, or is about to be: the device hears nothing of it any more. */
    void disabled(int queue) {
        HeldDoorbell doorbell = doorbells.remove(queue);
        if (doorbell != null) {
            doorbell.hold();
        }
    }

    /** The device runs: what was held back is rung. */
    void live() {
        doorbells.values().forEach(HeldDoorbell::letGo);
    }

    /**
     * Sets a bit, keeping those that the driver has set. Of what the device shows, only the bit
     * that is the device's to set is written back, since the driver may not clear it (2.1.1#2).
     *
     * @return the status, read back
     */
    int addStatus(DeviceStatus bit) {
        int needsReset = transport.readStatus() & DeviceStatus.DEVICE_NEEDS_RESET.mask();
        set |= bit.mask();
        transport.writeStatus(set | needsReset);
        return transport.readStatus();
    }

    int readStatus() {
        return transport.readStatus();
    }

    /** {@return whether the driver has set the bit, and the device has not rightly cleared it} */
    boolean hasSet(DeviceStatus bit) {
        return bit.in(set);
    }

    /** The device has not taken a bit, or cleared one, as is its part (3.1.1, step 6; 3.4). */
    void cleared(DeviceStatus bit) {
        set &= ~bit.mask();
    }

    /** Resets, and waits until the status reads 0 (section 2.4.2). */
    void reset(Duration timeout) {
        doorbells.values().forEach(HeldDoorbell::hold);
        doorbells.clear();
        set = 0;
        transport.writeStatus(0);
        int status = awaitStatus(seen -> seen == 0, timeout);
        if (status != 0) {
            DeviceFaultException fault =
                    new DeviceFaultException(
                            "the device did not confirm a reset within %d ms"
                                    .formatted(timeout.toMillis()),
                            "2.4.1#1",
                            "status " + DeviceStatus.describe(status));
            report(fault);
            throw fault;
        }
    }

    /** {@return whether the device certainly writes to memory no more} */
    boolean resetForGood() {
        boolean confirmed = false;
        try {
            transport.writeStatus(0);
            confirmed = awaitStatus(seen -> seen == 0, CLOSE_TIMEOUT) == 0;
        } catch (VirtioException e) {
            report(e);
        }
        doorbells.values().forEach(HeldDoorbell::hold);
        report(new TransferReturnedException("the device was closed"));
        return confirmed || transport.deviceProvenDead();
    }

    /**
     * Reads the status until it is as wanted or the time is over. {@return the status read last}
     */
    int awaitStatus(IntPredicate wanted, Duration timeout) {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            int status = transport.readStatus();
            while (!wanted.test(status)
                    && Duration.ofNanos(System.nanoTime() - start).compareTo(timeout) <= 0) {
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    interrupted = true; // what was begun is brought to its end
                }
                status = transport.readStatus();
            }
            return status;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
