package dev.virtq.benchmarks.stress;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.queue.ring.DriverRing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/**
 * Virtio 1.4, 2.7.8.2 and 2.8.22: who sees the used index, or the used flags, sees the length and
 * the bytes. {@link AnnouncedTooEarly} shows that these actors notice when it is not so.
 */
public final class UseThenPoll {
    private UseThenPoll() {}

    /** What may be seen. */
    @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "not yet used")
    @Outcome(id = "42, 8", expect = Expect.ACCEPTABLE, desc = "used, and all of it is there")
    @Outcome(id = "-2, 0", expect = Expect.FORBIDDEN, desc = "a used entry that was not there yet")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a length or bytes that were not there yet")
    public static class Outcomes {
        /** Nobody makes one. */
        protected Outcomes() {}
    }

    /** Writes the buffer, and uses the chain. */
    private static void use(StressedRing ring, int id) {
        ring.device.chain().segment(0).set(StressedRing.LONG, 0, 42);
        ring.device.use(id, Long.BYTES);
        ring.device.publish();
    }

    /** Takes what is there: the bytes, negative when there are none; and the used length. */
    private static void poll(StressedRing ring, JJ_Result seen) {
        try {
            if (ring.driver.poll() == DriverRing.NOTHING) {
                seen.r1 = -1;
            } else {
                seen.r1 = ring.bytes.get(StressedRing.LONG, 0);
                seen.r2 = ring.driver.usedLength();
            }
        } catch (DeviceFaultException e) {
            seen.r1 = -2;
        }
    }

    /** In a split ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Split {
        private final StressedRing ring = new StressedRing("split", true);
        private final int id = ring.sendToDevice();

        /** JCStress makes it. */
        public Split() {}

        /** The device. */
        @Actor
        public void device() {
            use(ring, id);
        }

        /**
         * The driver.
         *
         * @param seen the bytes, and the used length
         */
        @Actor
        public void driver(JJ_Result seen) {
            poll(ring, seen);
        }
    }

    /** In a packed ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Packed {
        private final StressedRing ring = new StressedRing("packed", true);
        private final int id = ring.sendToDevice();

        /** JCStress makes it. */
        public Packed() {}

        /** The device. */
        @Actor
        public void device() {
            use(ring, id);
        }

        /**
         * The driver.
         *
         * @param seen the bytes, and the used length
         */
        @Actor
        public void driver(JJ_Result seen) {
            poll(ring, seen);
        }
    }
}
