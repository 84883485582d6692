package dev.virtq.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * That {@link PublishThenTake} and {@link UseThenPoll} would notice: the same, but the index or the
 * flags before what they announce. On x86 stores stay in order, so a plain store in place of the
 * release store would show nothing there; what orders it on other processors is not tried here.
 */
public final class AnnouncedTooEarly {
    private AnnouncedTooEarly() {}

    /** What may be seen. */
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "not yet there")
    @Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "all of it is there")
    @Outcome(
            id = "0",
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "announced, and not there yet")
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

        /** JCStress makes it. */
        public Split() {}

        /** Announces first. */
        @Actor
        public void writer() {
            ring.announceTooEarly();
        }

        /**
         * Takes what is there.
         *
         * @param seen the bytes, negative when there are none
         */
        @Actor
        public void reader(J_Result seen) {
            seen.r1 = ring.take();
        }
    }

    /** As in a packed ring. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Packed {
        private final PackedWords ring = new PackedWords();

        /** JCStress makes it. */
        public Packed() {}

        /** Announces first. */
        @Actor
        public void writer() {
            ring.announceTooEarly();
        }

        /**
         * Takes what is there.
         *
         * @param seen the bytes, negative when there are none
         */
        @Actor
        public void reader(J_Result seen) {
            seen.r1 = ring.take();
        }
    }
}
