package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Virtio 1.4, 2.7.14, by event index: a device that uses a chain while the driver goes to sleep.
 * Either the device is asked to notify, or the driver finds the chain when it looks once more.
 */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the device notifies")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the driver looks again")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a lost notification")
@State
public class InterruptAgainstSleepingDriverByEventIndex {
    private final StressedRing ring = new StressedRing(true);

    /** The driver starts awake, and the device has something to give back. */
    public InterruptAgainstSleepingDriverByEventIndex() {
        int id = ring.sendToDevice();
        ring.device.use(id, Long.BYTES);
        ring.driver.disableNotifications();
    }

    /**
     * Publishes, then asks whether to notify.
     *
     * @param result first: whether the device notifies
     */
    @Actor
    public void device(ZZ_Result result) {
        ring.device.publish();
        result.r1 = ring.device.driverWantsNotification();
    }

    /**
     * Asks for notifications, then looks again.
     *
     * @param result second: whether the driver stays awake
     */
    @Actor
    public void driver(ZZ_Result result) {
        result.r2 = ring.driver.enableNotifications();
    }
}
