package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Virtio 1.4, 2.7.13.4.1#1, by flag: a driver that publishes while the device goes to sleep. Either
 * the driver is asked to notify, or the device finds the chain when it looks once more.
 */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the driver notifies")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the device looks again")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a lost notification")
@State
public class KickAgainstSleepingDeviceByFlag {
    private final StressedRing ring = new StressedRing(false);

    /** The device starts awake. */
    public KickAgainstSleepingDeviceByFlag() {
        ring.driver.stage(ring.driver.reserve(ring.chain));
        ring.device.disableNotifications();
    }

    /**
     * Publishes, then asks whether to notify.
     *
     * @param result first: whether the driver notifies
     */
    @Actor
    public void driver(ZZ_Result result) {
        ring.driver.publish();
        result.r1 = ring.driver.deviceWantsNotification();
    }

    /**
     * Asks for notifications, then looks again.
     *
     * @param result second: whether the device stays awake
     */
    @Actor
    public void device(ZZ_Result result) {
        result.r2 = ring.device.enableNotifications();
    }
}
