package dev.virtq.machine.sim.device;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a device is suspended, and the changes of its configuration that wait for the end of that
 * (virtio 1.4, section 3.4).
 *
 * <p>Threads: {@link #isOn} for any, the rest under the device's lock.
 */
final class Suspension {
    private final List<Runnable> changes = new ArrayList<>();
    private volatile boolean on;

    boolean isOn() {
        return on;
    }

    void begin() {
        on = true;
    }

    /** {@return whether a change waits, since the configuration may not change now} */
    boolean defers(Runnable change) {
        return on && changes.add(change);
    }

    /** Makes the changes that have waited. {@return whether there were any} */
    boolean end() {
        on = false;
        boolean any = !changes.isEmpty();
        changes.forEach(Runnable::run);
        changes.clear();
        return any;
    }
}
