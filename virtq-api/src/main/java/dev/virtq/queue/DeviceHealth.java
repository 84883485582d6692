package dev.virtq.queue;

import dev.virtq.device.VirtioException;
import org.jspecify.annotations.Nullable;

/**
 * What a queue asks of, and tells to, the device that it belongs to. Called from the queue's
 * thread; {@link #failure} is a volatile read.
 */
public interface DeviceHealth {
    /** A device that is always well: for rings without a device around them. */
    DeviceHealth ALWAYS_WELL =
            new DeviceHealth() {
                @Override
                public @Nullable VirtioException failure() {
                    return null;
                }

                @Override
                public void report(VirtioException failure) {}

                @Override
                public void examine() {}
            };

    /** {@return why the device cannot be used; {@code null} while it can} */
    @Nullable VirtioException failure();

    /**
     * Takes note of a failure that the queue has found.
     *
     * @param failure what is wrong
     */
    void report(VirtioException failure);

    /** Looks whether the device is still there and needs no reset. Called while a thread waits. */
    void examine();
}
