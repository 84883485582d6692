package dev.virtq.queue.ring;

/**
 * The device end of one ring, in one format: what a device in this process, or a vhost-user back
 * end in Java, is built on.
 *
 * <p>It trusts the driver no more than the driver end trusts the device: every index, address and
 * length is checked before use.
 *
 * <p>Not thread safe.
 */
public interface DeviceRing {
    /**
     * Takes the next available chain into {@link #chain}.
     *
     * @return whether there was one
     * @throws DriverFaultException when the driver wrote what it may not; the ring stays where it
     *     was
     */
    boolean take();

    /** {@return the chain that was taken last; the same object every time} */
    DeviceChain chain();

    /**
     * Puts a chain into the next used entry, not yet visible to the driver.
     *
     * <p>Where VIRTIO_F_IN_ORDER was accepted, chains are used in the order in which they were
     * taken. To use one that is not the first then uses all those before it, too, as one batch: a
     * single entry tells of them.
     *
     * @param id the chain's id
     * @param length how many bytes the device wrote
     */
    void use(int id, long length);

    /** Makes everything used visible to the driver, with one release store. */
    void publish();

    /**
     * Whether the driver wants to be notified of what was published since the last call. Contains a
     * full fence.
     *
     * @return whether to notify; {@code false} when nothing was published
     */
    boolean driverWantsNotification();

    /**
     * Asks the driver for notifications.
     *
     * @return whether the driver has made something available meanwhile
     */
    boolean enableNotifications();

    /** Tells the driver that notifications are not needed. */
    void disableNotifications();
}
