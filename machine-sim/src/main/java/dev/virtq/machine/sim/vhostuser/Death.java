package dev.virtq.machine.sim.vhostuser;

import dev.virtq.machine.sim.device.ChainWitness;

/**
 * The end of a back end at a certain step, as of a process that is killed there: nothing that it
 * had begun is brought to its end.
 */
final class Death implements ChainWitness {
    /** The back end has died. */
    static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Died() {
            super("the back end has died, as its script says");
        }
    }

    private final ChainWitness witness;
    private final Countdown steps;

    /**
     * How many steps are left, for all queues together.
     *
     * <p>Not thread safe.
     */
    static final class Countdown {
        private long left;

        /**
         * Begins to count.
         *
         * @param steps after how many it is over; 0 for never
         */
        Countdown(long steps) {
            left = steps;
        }

        private void step() {
            if (left > 0 && --left == 0) {
                throw new Died();
            }
        }
    }

    /**
     * Counts each step twice: before the witness hears of it, and after.
     *
     * @param witness who is told, too
     */
    Death(ChainWitness witness, Countdown steps) {
        this.witness = witness;
        this.steps = steps;
    }

    @Override
    public void taken(int id) {
        steps.step();
        witness.taken(id);
        steps.step();
    }

    @Override
    public void used(int id) {
        steps.step();
        witness.used(id);
        steps.step();
    }

    @Override
    public void published(int position) {
        steps.step();
        witness.published(position);
        steps.step();
    }
}
