package dev.virtq.transport.mmio.layout;

import dev.virtq.device.FeatureSet;
import dev.virtq.transport.RegisterWindow;

/**
 * The control registers (virtio 1.4, section 4.2.2): each 32 bits wide and accessed so (4.2.2.2#2),
 * addresses and lengths in halves.
 *
 * <p>What concerns a queue concerns the one that was {@linkplain #selectQueue selected} last. Not
 * thread safe: whoever selects holds the transport's lock until the last access to that queue.
 */
public final class MmioRegisters {
    /** How many bytes the registers take; the device's configuration begins behind them. */
    public static final int SIZE = 0x100;

    static final int MAGIC_VALUE = 0x000; // R
    static final int VERSION = 0x004; // R
    static final int DEVICE_ID = 0x008; // R
    static final int DEVICE_FEATURES = 0x010; // R
    private static final int DEVICE_FEATURES_SEL = 0x014; // W
    private static final int DRIVER_FEATURES = 0x020; // W
    private static final int DRIVER_FEATURES_SEL = 0x024; // W
    private static final int QUEUE_SEL = 0x030; // W
    static final int QUEUE_SIZE_MAX = 0x034; // R
    private static final int QUEUE_SIZE = 0x038; // W
    static final int QUEUE_READY = 0x044; // RW
    private static final int QUEUE_NOTIFY = 0x050; // W
    static final int INTERRUPT_STATUS = 0x060; // R
    private static final int INTERRUPT_ACK = 0x064; // W
    static final int STATUS = 0x070; // RW
    private static final int QUEUE_DESC = 0x080; // W, low half, then high
    private static final int QUEUE_DRIVER = 0x090; // W
    private static final int QUEUE_DEVICE = 0x0a0; // W
    private static final int SHM_SEL = 0x0ac; // W
    static final int SHM_LEN = 0x0b0; // R, low half, then high
    private static final int SHM_BASE = 0x0b8; // R
    static final int QUEUE_RESET = 0x0c0; // RW, VIRTIO_F_RING_RESET
    static final int CONFIG_GENERATION = 0x0fc; // R

    private static final int FEATURE_WORDS = 4;

    private final RegisterWindow window;

    /**
     * Reaches the registers.
     *
     * @param window where they are, from its start on
     */
    public MmioRegisters(RegisterWindow window) {
        this.window = window;
    }

    /** {@return MagicValue} */
    public int readMagic() {
        return window.readInt(MAGIC_VALUE);
    }

    /** {@return Version; 2 for the interface of the standard} */
    public int readVersion() {
        return window.readInt(VERSION);
    }

    /** {@return DeviceID; 0 for a place without a device} */
    public int readDeviceId() {
        return window.readInt(DEVICE_ID);
    }

    /** {@return the bits 0 to 127 that the device offers} */
    public FeatureSet readDeviceFeatures() {
        FeatureSet offered = FeatureSet.EMPTY;
        for (int word = 0; word < FEATURE_WORDS; word++) {
            window.writeInt(DEVICE_FEATURES_SEL, word); // before (4.2.2.2#7)
            offered = offered.withWord(word, window.readInt(DEVICE_FEATURES));
        }
        return offered;
    }

    /**
     * Writes the accepted bits. Words 2 and 3 are written only when they have a bit: no feature is
     * defined there, and devices from before virtio 1.4 need not know these selectors.
     *
     * @param accepted the bits
     */
    public void writeDriverFeatures(FeatureSet accepted) {
        for (int word = 0; word < FEATURE_WORDS; word++) {
            if (word < 2 || accepted.word(word) != 0) {
                window.writeInt(DRIVER_FEATURES_SEL, word); // before (4.2.2.2#8)
                window.writeInt(DRIVER_FEATURES, accepted.word(word));
            }
        }
    }

    /**
     * Selects the queue that the following methods are about.
     *
     * @param queue its index
     */
    public void selectQueue(int queue) {
        window.writeInt(QUEUE_SEL, queue);
    }

    /**
     * {@return the largest size of the selected queue, unsigned and unchecked; 0: no such queue}
     */
    public int readQueueSizeMax() {
        return window.readInt(QUEUE_SIZE_MAX);
    }

    /**
     * Sets the size of the selected queue. It cannot be read back.
     *
     * @param size in entries
     */
    public void writeQueueSize(int size) {
        window.writeInt(QUEUE_SIZE, size);
    }

    /** {@return QueueReady of the selected queue; 1 while the device may use it} */
    public int readQueueReady() {
        return window.readInt(QUEUE_READY);
    }

    /**
     * Lets the device use the selected queue, or not.
     *
     * @param ready 1 or 0
     */
    public void writeQueueReady(int ready) {
        window.writeInt(QUEUE_READY, ready);
    }

    /**
     * Says where the parts of the selected queue are.
     *
     * @param descriptorArea device address
     * @param driverArea device address
     * @param deviceArea device address
     */
    public void writeQueueAreas(long descriptorArea, long driverArea, long deviceArea) {
        writeLong(QUEUE_DESC, descriptorArea);
        writeLong(QUEUE_DRIVER, driverArea);
        writeLong(QUEUE_DEVICE, deviceArea);
    }

    /**
     * Notifies the device, without waiting for it.
     *
     * @param value the queue's index, or what NOTIFICATION_DATA wants
     */
    public void postNotification(int value) {
        window.postInt(QUEUE_NOTIFY, value);
    }

    /** {@return InterruptStatus, with whatever bits are not defined} */
    public int readInterruptStatus() {
        return window.readInt(INTERRUPT_STATUS);
    }

    /**
     * Acknowledges events.
     *
     * @param events bits of InterruptStatus
     */
    public void acknowledgeInterrupt(int events) {
        window.writeInt(INTERRUPT_ACK, events);
    }

    /** {@return the device status; all ones when nobody answers} */
    public int readStatus() {
        return window.readInt(STATUS);
    }

    /**
     * Writes the device status.
     *
     * @param status the bits; 0 resets
     */
    public void writeStatus(int status) {
        window.writeInt(STATUS, status);
    }

    /**
     * Selects the shared memory region that the following two methods are about.
     *
     * @param id its number
     */
    public void selectSharedMemory(int id) {
        window.writeInt(SHM_SEL, id);
    }

    /** {@return the length of the selected region, in bytes; -1 when there is none} */
    public long readSharedMemoryLength() {
        return readLong(SHM_LEN);
    }

    /** {@return the address of the selected region; -1 when there is none} */
    public long readSharedMemoryBase() {
        return readLong(SHM_BASE);
    }

    /** Asks for a reset of the selected queue. */
    public void resetQueue() {
        window.writeInt(QUEUE_RESET, 1);
    }

    /** {@return QueueReset of the selected queue; 1 while the reset goes on} */
    public int readQueueReset() {
        return window.readInt(QUEUE_RESET);
    }

    /** {@return the generation of the device's configuration} */
    public int readGeneration() {
        return window.readInt(CONFIG_GENERATION);
    }

    private long readLong(int offset) {
        return (window.readInt(offset) & 0xffff_ffffL) | (long) window.readInt(offset + 4) << 32;
    }

    private void writeLong(int offset, long value) {
        window.writeInt(offset, (int) value);
        window.writeInt(offset + 4, (int) (value >>> 32));
    }
}
