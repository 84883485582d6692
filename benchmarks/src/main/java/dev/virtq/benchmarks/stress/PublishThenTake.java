package dev.virtq.benchmarks.stress;

import dev.virtq.queue.ring.DriverFaultException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * Virtio 1.4, 2.7.13.3.1#1 and 2.8.21.1.1#1: who sees the index, or the flags, sees the
 * descriptors, the entry and the bytes. {@link AnnouncedTooEarly} shows that these actors notice
 * when it is not so.
 */
public final class PublishThenTake {
    private PublishThenTake() {}

    /** What may be seen. */
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "not yet published")
    @Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "published, and all of it is there")
    @Outcome(id = "-2", expect = Expect.FORBIDDEN, desc = "a descriptor that was not there yet")
    @Outcome(expect = Expect.FORBIDDEN, desc = "bytes that were not there yet")
    public static class Outcomes {
        /** Nobody makes one. */
        protected Outcomes() {}
    }

    /** Fills the buffer, writes the descriptor, makes it available. */
    private static void publish(StressedRing ring) {
        ring.bytes.set(StressedRing.LONG, 0, 42);
        ring.driver.stage(ring.driver.reserve(ring.chain));
        ring.driver.publish();
    }

    /** Takes what is there. {@return the bytes; negative when there are none} */
    private static long take(StressedRing ring) {
        try {
            return ring.device.take()
                    ? ring.device.chain().segment(0).get(StressedRing.LONG, 0)
                    : -1;
        } catch (DriverFaultException e) {
            return -2;
        }
    }

    /** In a split ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Split {
        private final StressedRing ring = new StressedRing("split", true);

        /** JCStress makes it. */
        public Split() {}

        /** The driver. */
        @Actor
        public void driver() {
            publish(ring);
        }

        /**
         * The device.
         *
         * @param seen the bytes
         */
        @Actor
        public void device(J_Result seen) {
            seen.r1 = take(ring);
        }
    }

    /** In a packed ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Packed {
        private final StressedRing ring = new StressedRing("packed", true);

        /** JCStress makes it. */
        public Packed() {}

        /** The driver. */
        @Actor
        public void driver() {
            publish(ring);
        }

        /**
         * The device.
         *
         * @param seen the bytes
         */
        @Actor
        public void device(J_Result seen) {
            seen.r1 = take(ring);
        }
    }
}
