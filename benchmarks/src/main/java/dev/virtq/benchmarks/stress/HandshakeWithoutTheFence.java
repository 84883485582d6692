package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Why there is a full fence: {@link KickAgainstSleepingDevice} and {@link
 * InterruptAgainstSleepingDriver} with the same stores and loads and without it lose notifications,
 * on x86, too. A release store and a later load of another place may change places. Both directions
 * have the same words, so that this stands for both.
 */
public final class HandshakeWithoutTheFence {
    private HandshakeWithoutTheFence() {}

    /** What may be seen. */
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the publisher notifies")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the sleeper looks again")
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
        private final SplitWords ring = new SplitWords();

        /** The sleeper starts awake. */
        public Split() {
            ring.startAwake();
        }

        /**
         * Publishes, then looks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void publisher(ZZ_Result result) {
            result.r1 = ring.announceAndLook();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void sleeper(ZZ_Result result) {
            result.r2 = ring.askAndLook();
        }
    }

    /** As in a packed ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Packed {
        private final PackedWords ring = new PackedWords();

        /** The sleeper starts awake. */
        public Packed() {
            ring.startAwake();
        }

        /**
         * Publishes, then looks whether to notify.
         *
         * @param result first: whether it notifies
         */
        @Actor
        public void publisher(ZZ_Result result) {
            result.r1 = ring.announceAndLook();
        }

        /**
         * Asks for notifications, then looks again.
         *
         * @param result second: whether it stays awake
         */
        @Actor
        public void sleeper(ZZ_Result result) {
            result.r2 = ring.askAndLook();
        }
    }
}
