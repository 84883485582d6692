package dev.virtq.device;

import dev.virtq.queue.DeviceHealth;
import org.jspecify.annotations.Nullable;

/**
 * Whether one queue of a device can be used: not when its device cannot, and not when a reset of
 * the queue alone was never confirmed.
 */
final class QueueHealth implements DeviceHealth {
    private final Health device;
    private volatile @Nullable VirtioException outOfUse;

    QueueHealth(Health device) {
        this.device = device;
    }

    @Override
    public @Nullable VirtioException failure() {
        VirtioException whole = device.failure();
        return whole != null ? whole : outOfUse;
    }

    @Override
    public void report(VirtioException failure) {
        device.report(failure);
    }

    @Override
    public void examine() {
        device.examine();
    }

    /** From now on the queue refuses, until a reset of the device has been confirmed. */
    void outOfUse(VirtioException why) {
        outOfUse = why;
    }

    void deviceWasReset() {
        outOfUse = null;
    }
}
