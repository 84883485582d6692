package dev.virtq.fuzz.ring;

import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;

/** A device end that deals with a driver's faults as it should not. */
public final class PlantedDeviceRing implements DeviceRing {
    private final DeviceRing ring;
    private final boolean tellsOnce;
    private boolean told;

    private PlantedDeviceRing(DeviceRing ring, boolean tellsOnce) {
        this.ring = ring;
        this.tellsOnce = tellsOnce;
    }

    /** {@return a ring that takes what could be read of a chain} */
    public static DeviceRing withoutChecks(DeviceRing ring) {
        return new PlantedDeviceRing(ring, false);
    }

    /** {@return a ring that tells of a fault once, and then finds nothing} */
    public static DeviceRing thatGoesOn(DeviceRing ring) {
        return new PlantedDeviceRing(ring, true);
    }

    @Override
    public boolean take() {
        try {
            return ring.take();
        } catch (DriverFaultException fault) {
            if (tellsOnce && !told) {
                told = true;
                throw fault;
            }
            return !tellsOnce;
        }
    }

    @Override
    public DeviceChain chain() {
        return ring.chain();
    }

    @Override
    public void use(int id, long length) {
        ring.use(id, length);
    }

    @Override
    public void publish() {
        ring.publish();
    }

    @Override
    public boolean driverWantsNotification() {
        return ring.driverWantsNotification();
    }

    @Override
    public boolean enableNotifications() {
        return ring.enableNotifications();
    }

    @Override
    public void disableNotifications() {
        ring.disableNotifications();
    }
}
