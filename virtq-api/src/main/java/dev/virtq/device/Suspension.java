package dev.virtq.device;

import java.time.Duration;
import java.util.function.IntPredicate;

/**
 * How a device is suspended and resumed (virtio 1.4, section 3.4): a bit is set, and the device
 * says with two bits that it has followed. What it has not confirmed has not happened.
 */
final class Suspension {
    private final Health health;
    private boolean confirmed;

    Suspension(Health health) {
        this.health = health;
    }

    /** Asks the device to suspend itself, and waits until it has (3.4.1#2). */
    void suspend(Duration timeout) {
        boolean wasToGoOn = confirmed && health.hasSet(DeviceStatus.DRIVER_OK);
        if (wasToGoOn && isRunning(health.readStatus())) {
            goesOn(); // later than anybody waited for it
        }
        if (!health.hasSet(DeviceStatus.SUSPEND)) {
            health.addStatus(DeviceStatus.SUSPEND);
        }
        awaitSuspended(timeout);
    }

    /** Asks the device to go on, and waits until it does (3.4.1#6). */
    void resume(Duration timeout) {
        if (!confirmed) {
            awaitSuspended(timeout); // a device that has not stopped cannot go on
        }
        if (!health.hasSet(DeviceStatus.DRIVER_OK)) {
            health.addStatus(DeviceStatus.DRIVER_OK);
        }
        await(Suspension::isRunning, timeout, "resume", "3.4.2#7");
        goesOn();
    }

    private void goesOn() {
        health.cleared(DeviceStatus.SUSPEND);
        confirmed = false;
    }

    /** A device that was reset is not suspended. */
    void deviceWasReset() {
        confirmed = false;
    }

    private void awaitSuspended(Duration timeout) {
        await(Suspension::isSuspended, timeout, "suspend", "3.4.2#6");
        health.cleared(DeviceStatus.DRIVER_OK);
        confirmed = true;
    }

    private static boolean isSuspended(int status) {
        return DeviceStatus.SUSPEND.in(status) && !DeviceStatus.DRIVER_OK.in(status);
    }

    private static boolean isRunning(int status) {
        return !DeviceStatus.SUSPEND.in(status) && DeviceStatus.DRIVER_OK.in(status);
    }

    private void await(IntPredicate reached, Duration timeout, String what, String clause) {
        int status =
                health.awaitStatus(
                        seen -> DeviceStatus.DEVICE_NEEDS_RESET.in(seen) || reached.test(seen),
                        timeout);
        if (DeviceStatus.DEVICE_NEEDS_RESET.in(status)) {
            DeviceFaultException fault =
                    new DeviceFaultException(
                            "the device failed to " + what,
                            clause,
                            "status " + DeviceStatus.describe(status));
            health.report(fault);
            throw fault;
        }
        if (!reached.test(status)) {
            throw new TransferTimeoutException(
                    "the device did not %s within %d ms: its status is %s; call %s again to wait on, or reset the device"
                            .formatted(
                                    what,
                                    timeout.toMillis(),
                                    DeviceStatus.describe(status),
                                    what + "()"));
        }
    }
}
