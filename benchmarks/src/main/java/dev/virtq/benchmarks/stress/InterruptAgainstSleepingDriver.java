package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Virtio 1.4, 2.7.14 and 2.8.22: a device that uses a chain while the driver goes to sleep. Either
 * the device is asked to notify, or the driver finds the chain when it looks once more. {@link
 * HandshakeWithoutTheFence} is the same without the fence.
 */
public final class InterruptAgainstSleepingDriver {
    private InterruptAgainstSleepingDriver() {}

    /** What may be seen. */
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the device notifies")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the driver looks again")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a lost notification")
    public static class Outcomes {
        /** Nobody makes one. */
        protected Outcomes() {}
    }

    /** The two sides; JCStress wants their methods again in each test. */
    public abstract static class Race {
        private final StressedRing ring;

        /**
         * The driver starts awake, and the device has something to give back.
         *
         * @param format the ring's format
         * @param eventIndex whether VIRTIO_F_EVENT_IDX was accepted
         */
        Race(String format, boolean eventIndex) {
            ring = new StressedRing(format, eventIndex);
            int id = ring.sendToDevice();
            ring.device.use(id, Long.BYTES);
            ring.driver.disableNotifications();
        }

        /**
         * Publishes, then asks whether to notify.
         *
         * @param result first: whether it notifies
         */
        public void device(ZZ_Result result) {
            ring.device.publish();
            result.r1 = ring.device.driverWantsNotification();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        public void driver(ZZ_Result result) {
            result.r2 = ring.driver.enableNotifications();
        }
    }

    /** In a split ring, by flag. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class SplitByFlag extends Race {
        /** JCStress makes it. */
        public SplitByFlag() {
            super("split", false);
        }

        @Actor
        @Override
        public void device(ZZ_Result result) {
            super.device(result);
        }

        @Actor
        @Override
        public void driver(ZZ_Result result) {
            super.driver(result);
        }
    }

    /** In a split ring, by event index. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class SplitByEventIndex extends Race {
        /** JCStress makes it. */
        public SplitByEventIndex() {
            super("split", true);
        }

        @Actor
        @Override
        public void device(ZZ_Result result) {
            super.device(result);
        }

        @Actor
        @Override
        public void driver(ZZ_Result result) {
            super.driver(result);
        }
    }

    /** In a packed ring, by flag. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PackedByFlag extends Race {
        /** JCStress makes it. */
        public PackedByFlag() {
            super("packed", false);
        }

        @Actor
        @Override
        public void device(ZZ_Result result) {
            super.device(result);
        }

        @Actor
        @Override
        public void driver(ZZ_Result result) {
            super.driver(result);
        }
    }

    /** In a packed ring, by event index. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PackedByEventIndex extends Race {
        /** JCStress makes it. */
        public PackedByEventIndex() {
            super("packed", true);
        }

        @Actor
        @Override
        public void device(ZZ_Result result) {
            super.device(result);
        }

        @Actor
        @Override
        public void driver(ZZ_Result result) {
            super.driver(result);
        }
    }
}
