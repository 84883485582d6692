package dev.virtq.machine.sim.device;

/**
 * Is told of each step that a device goes with the chains of a queue, right after it. What it
 * throws ends the device there: nothing more is done then.
 */
public interface ChainWitness {
    /** Nobody. */
    ChainWitness NONE =
            new ChainWitness() {
                @Override
                public void taken(int id) {}

                @Override
                public void used(int id) {}

                @Override
                public void published(int position) {}
            };

    /**
     * The device has taken a chain.
     *
     * @param id of the chain
     */
    void taken(int id);

    /**
     * The device has used a chain, and those before it where the order counts; the driver cannot
     * see it yet.
     *
     * @param id of the chain
     */
    void used(int id);

    /**
     * The driver can see all that was used.
     *
     * @param position where the device would go on, as vhost encodes it
     */
    void published(int position);
}
