package dev.virtq.machine.sim.hostile;

/**
 * A ring as a device reaches it that keeps no rule: memory, and what is where. The split and the
 * packed ring each have one; what a method means in each is said with it.
 *
 * <p>Threads: the device's.
 */
public interface HostileRing {
    /** {@return the queue's index} */
    int queue();

    /** {@return how many entries the ring has} */
    int size();

    /** {@return whether it is a packed ring} */
    boolean isPacked();

    /** {@return how many bytes there are to write in the chain that is being given back} */
    long room();

    /**
     * Gives a chain back as an honest device does, and shows it.
     *
     * @param id the id of a chain that the device has
     * @param length how many bytes it wrote
     */
    void useHonestly(int id, long length);

    /**
     * Writes what tells of a used chain where the driver looks next, and shows it. Nothing is
     * checked.
     *
     * @param id any number
     * @param length any number of 32 bits
     */
    void tell(int id, long length);

    /**
     * Writes what tells of a used chain where the driver does not look next, and shows it. In a
     * split ring the used index moves on by as much, and says that the driver should look there; in
     * a packed ring nothing says so, but the descriptor's flags.
     *
     * @param places how many places further, negative for back
     * @param id any number
     * @param length any number of 32 bits
     */
    void tellAt(int places, int id, long length);

    /**
     * Writes another id and another length over what told of a chain last.
     *
     * @param id any number
     * @param length any number of 32 bits
     */
    void tellOtherwise(int id, long length);

    /**
     * Gives a chain back with flags that say the opposite: that it was used in the round before. A
     * split ring has no such flags; there, nothing is written.
     *
     * @param id any number
     * @param length any number of 32 bits
     */
    void tellWithFlippedWrapCounter(int id, long length);

    /**
     * Writes ones over the descriptors of the chain that is being given back, and their table. They
     * are put back before the device looks at what the driver has sent next.
     */
    void overwriteDescriptors();

    /** {@return the highest id that a chain could have and none has that the device was given} */
    int idThatIsNotAvailable();
}
