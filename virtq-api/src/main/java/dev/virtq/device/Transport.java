package dev.virtq.device;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.RegionMemory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How one device is reached: over PCI, over MMIO, over a vhost-user socket, or in this process.
 *
 * <p>A transport carries out single steps and holds no opinion on their order; {@link VirtioDevice}
 * is the state machine. It knows no ring layout beyond the addresses that it hands to the device.
 *
 * <p>Threads: set-up calls come from one thread at a time. {@link Doorbell}s and {@link Interrupt}s
 * of different queues are used from different threads at once, and {@link #lost()}, {@link
 * #readStatus()} and {@link #configInterrupt()} from any.
 *
 * <p>Every method that reaches the device throws {@link DeviceLostException} when it is gone.
 */
public interface Transport extends AutoCloseable {
    /** {@return what kind of device it is} */
    DeviceType deviceType();

    /** {@return a name for people, as in {@code pci 00:01.0}} */
    String name();

    /** {@return the memory that the device can reach} */
    DmaMemory memory();

    /** {@return the device status byte, read from the device} */
    int readStatus();

    /**
     * Writes the device status byte. Writing 0 asks for a reset; it is complete when {@link
     * #readStatus} gives 0.
     *
     * @param status bits of {@link DeviceStatus}
     */
    void writeStatus(int status);

    /** {@return the feature bits that the device offers, read from the device} */
    FeatureSet readOfferedFeatures();

    /**
     * Writes the feature bits that the driver accepts.
     *
     * @param features a subset of what was offered
     */
    void writeAcceptedFeatures(FeatureSet features);

    /**
     * The feature bits that this way of reaching the device can serve, among those that depend on
     * it: ACCESS_PLATFORM and ORDER_PLATFORM where addresses and fences suffice, NOTIFICATION_DATA,
     * NOTIF_CONFIG_DATA, RING_RESET, SUSPEND. {@link VirtioDevice} accepts none of them without it.
     *
     * @return the bits that may be accepted
     */
    FeatureSet servedFeatures();

    /** {@return how many queues the device has} */
    int queueCount();

    /**
     * {@return the largest size that the device allows for the queue; 0 when there is no such
     * queue}
     *
     * @param queue the queue's index
     */
    int maxQueueSize(int queue);

    /**
     * Tells the device where the queue is, and enables it.
     *
     * @param queue the queue's index
     * @param setup size and addresses
     * @return how to notify, and how to be notified
     */
    QueueConnection enableQueue(int queue, QueueSetup setup);

    /**
     * Asks for a reset of one queue (VIRTIO_F_RING_RESET, section 2.6.1), and waits for the device
     * to confirm it.
     *
     * @param queue the queue's index
     * @throws UnsupportedOperationException when the transport cannot do it
     * @throws TransferTimeoutException when the device does not confirm it
     */
    void resetQueue(int queue);

    /** {@return the device-specific configuration space} */
    ConfigSpace configSpace();

    /** {@return configuration change notifications} */
    Interrupt configInterrupt();

    /**
     * Reads the registers that show something without an effect on the device; a selector that the
     * driver sets before each use may stand elsewhere afterwards.
     *
     * @return the registers; empty when the device is reached without any
     */
    default List<RegisterGroup> readRegisters() {
        return List.of();
    }

    /** {@return how the device gets attention; empty when there is nothing to tell about it} */
    default List<InterruptRoute> interruptRoutes() {
        return List.of();
    }

    /** {@return the regions that the device shares with the driver} */
    default List<SharedMemoryRegion> sharedMemoryRegions() {
        return List.of();
    }

    /**
     * The memory behind a region, where this process reaches it as memory. What the device maps
     * there may come and go; the memory itself stays, also when the device is gone.
     *
     * @param region one of {@link #sharedMemoryRegions}
     * @return its memory, as much of it as there is; empty when this way to the device reaches it
     *     by no other means than registers, or not at all
     */
    default Optional<RegionMemory> sharedMemory(SharedMemoryRegion region) {
        return Optional.empty();
    }

    /**
     * Whether the device is known to be gone. Cheap enough to be asked in a waiting loop.
     *
     * @return why it is gone; empty while it is there
     */
    Optional<DeviceLostException> lost();

    /**
     * Whether the device can no longer write to memory although no reset was confirmed: its process
     * is proven dead.
     *
     * @return {@code true} only when that is certain
     */
    default boolean deviceProvenDead() {
        return false;
    }

    /**
     * Connects anew to the place where a device was that is {@linkplain #lost lost}, as when the
     * process that runs it was started again. The memory keeps its addresses on both sides; what a
     * process still has that is not proven dead is another memory from then on, with the same
     * content as of now. Nobody may write to the memory meanwhile: what is written may be lost.
     *
     * @param timeout how long to wait for somebody who is there
     * @throws UnsupportedOperationException when this transport cannot do it
     * @throws DeviceLostException when nobody was there in time, or the machine was closed; it
     *     stays lost, and another call tries again
     * @throws InterruptedException when the thread is interrupted; it stays lost
     */
    default void reconnect(Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException(
                "%s cannot be connected to again (expected: a back end that was started again, on a vhost-user socket)"
                        .formatted(name()));
    }

    /**
     * Has the device take over what the one before it had of transfers in flight, so that it goes
     * on with the rings as they are. To be asked after {@link #reconnect}, once the features are
     * accepted, and before a queue is enabled.
     *
     * @return whether it does; if not, every ring starts afresh
     */
    default boolean resume() {
        return false;
    }

    /** Lets go of the device without a word to it. {@link VirtioDevice#close} resets it first. */
    @Override
    void close();
}
