package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Why there is a full fence: {@link KickAgainstSleepingDevice} with the same stores and loads and
 * without it loses notifications, on x86, too. A release store and a later load of another place
 * may change places.
 */
public final class KickWithoutTheFence {
    private KickWithoutTheFence() {}

    /** What may be seen. */
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the driver notifies")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the device looks again")
    @Outcome(
            id = "false, false",
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "a lost notification, as the ring would lose it without its fence")
    public static class Outcomes {
        /** Nobody makes one. */
        protected Outcomes() {}
    }

    /** As in a split ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Split {
        private final BareWords ring = new BareWords();

        /** The device starts awake: it has said that notifications are not needed. */
        public Split() {
            BareWords.SHORT.set(ring.words, BareWords.EVENT, (short) 1);
        }

        /**
         * Publishes, then looks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void driver(ZZ_Result result) {
            BareWords.SHORT.setRelease(ring.words, BareWords.INDEX, (short) 1);
            result.r1 = (short) BareWords.SHORT.getOpaque(ring.words, BareWords.EVENT) == 0;
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void device(ZZ_Result result) {
            BareWords.SHORT.setOpaque(ring.words, BareWords.EVENT, (short) 0);
            result.r2 = (short) BareWords.SHORT.getAcquire(ring.words, BareWords.INDEX) != 0;
        }
    }

    /** As in a packed ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Packed {
        private final BareWords ring = new BareWords();

        /** The device starts awake: it has said that notifications are not needed. */
        public Packed() {
            BareWords.INT.set(ring.words, BareWords.EVENT, (int) 1);
        }

        /**
         * Publishes, then looks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void driver(ZZ_Result result) {
            BareWords.LONG.setRelease(ring.words, BareWords.INDEX, 1L);
            result.r1 = (int) BareWords.INT.getOpaque(ring.words, BareWords.EVENT) == 0;
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void device(ZZ_Result result) {
            BareWords.INT.setOpaque(ring.words, BareWords.EVENT, (int) 0);
            result.r2 = (long) BareWords.LONG.getAcquire(ring.words, BareWords.INDEX) != 0;
        }
    }
}
