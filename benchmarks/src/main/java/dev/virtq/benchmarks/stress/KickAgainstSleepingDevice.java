package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Virtio 1.4, 2.7.13.4.1#1 and 2.8.21.3.1#1: a driver that publishes while the device goes to
 * sleep. Either the driver is asked to notify, or the device finds the chain when it looks once
 * more. {@link KickWithoutTheFence} is the same without the fence.
 */
public final class KickAgainstSleepingDevice {
    private KickAgainstSleepingDevice() {}

    /** What may be seen. */
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the driver notifies")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the device looks again")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a lost notification")
    public static class Outcomes {
        /** Nobody makes one. */
        protected Outcomes() {}
    }

    /** In a split ring, by flag. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class SplitByFlag {
        private final StressedRing ring = new StressedRing("split", false);

        /** The device starts awake. */
        public SplitByFlag() {
            ring.driver.stage(ring.driver.reserve(ring.chain));
            ring.device.disableNotifications();
        }

        /**
         * Publishes, then asks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void driver(ZZ_Result result) {
            ring.driver.publish();
            result.r1 = ring.driver.deviceWantsNotification();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void device(ZZ_Result result) {
            result.r2 = ring.device.enableNotifications();
        }
    }

    /** In a split ring, by event index. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class SplitByEventIndex {
        private final StressedRing ring = new StressedRing("split", true);

        /** The device starts awake. */
        public SplitByEventIndex() {
            ring.driver.stage(ring.driver.reserve(ring.chain));
            ring.device.disableNotifications();
        }

        /**
         * Publishes, then asks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void driver(ZZ_Result result) {
            ring.driver.publish();
            result.r1 = ring.driver.deviceWantsNotification();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void device(ZZ_Result result) {
            result.r2 = ring.device.enableNotifications();
        }
    }

    /** In a packed ring, by flag. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PackedByFlag {
        private final StressedRing ring = new StressedRing("packed", false);

        /** The device starts awake. */
        public PackedByFlag() {
            ring.driver.stage(ring.driver.reserve(ring.chain));
            ring.device.disableNotifications();
        }

        /**
         * Publishes, then asks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void driver(ZZ_Result result) {
            ring.driver.publish();
            result.r1 = ring.driver.deviceWantsNotification();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void device(ZZ_Result result) {
            result.r2 = ring.device.enableNotifications();
        }
    }

    /** In a packed ring, by event index. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PackedByEventIndex {
        private final StressedRing ring = new StressedRing("packed", true);

        /** The device starts awake. */
        public PackedByEventIndex() {
            ring.driver.stage(ring.driver.reserve(ring.chain));
            ring.device.disableNotifications();
        }

        /**
         * Publishes, then asks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void driver(ZZ_Result result) {
            ring.driver.publish();
            result.r1 = ring.driver.deviceWantsNotification();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void device(ZZ_Result result) {
            result.r2 = ring.device.enableNotifications();
        }
    }
}
