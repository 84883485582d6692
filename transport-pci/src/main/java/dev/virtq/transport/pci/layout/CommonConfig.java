package dev.virtq.transport.pci.layout;

import dev.virtq.device.FeatureSet;
import dev.virtq.transport.RegisterWindow;

/**
 * struct virtio_pci_common_cfg (virtio 1.4, section 4.1.4.3): plain accesses, each of the field's
 * own width (4.1.3.1#1), 64-bit fields in halves.
 *
 * <p>What concerns a queue concerns the one that was {@linkplain #selectQueue selected} last. Not
 * thread safe: whoever selects holds the transport's lock until the last access to that queue.
 */
public final class CommonConfig {
    static final int DEVICE_FEATURE_SELECT = 0x00; // le32
    static final int DEVICE_FEATURE = 0x04; // le32
    static final int DRIVER_FEATURE_SELECT = 0x08; // le32
    static final int DRIVER_FEATURE = 0x0c; // le32
    static final int CONFIG_MSIX_VECTOR = 0x10; // le16
    static final int NUM_QUEUES = 0x12; // le16
    static final int DEVICE_STATUS = 0x14; // u8
    static final int CONFIG_GENERATION = 0x15; // u8

    static final int QUEUE_SELECT = 0x16; // le16
    static final int QUEUE_SIZE = 0x18; // le16
    static final int QUEUE_MSIX_VECTOR = 0x1a; // le16
    static final int QUEUE_ENABLE = 0x1c; // le16
    static final int QUEUE_NOTIFY_OFF = 0x1e; // le16
    static final int QUEUE_DESC = 0x20; // le64
    static final int QUEUE_DRIVER = 0x28; // le64
    static final int QUEUE_DEVICE = 0x30; // le64

    /** How many bytes every device has. The fields from here on come with features. */
    static final int BASE_SIZE = 0x38;

    static final int QUEUE_NOTIF_CONFIG_DATA = 0x38; // le16, VIRTIO_F_NOTIF_CONFIG_DATA
    static final int QUEUE_RESET = 0x3a; // le16, VIRTIO_F_RING_RESET

    /** How many bytes are of use. What follows is of the admin virtqueue, and of later versions. */
    static final int KNOWN_SIZE = 0x3c;

    static final int FEATURE_WORDS = 4;

    private final RegisterWindow window;

    CommonConfig(RegisterWindow window) {
        this.window = window;
    }

    /** {@return the bits 0 to 127 that the device offers} */
    public FeatureSet readDeviceFeatures() {
        FeatureSet offered = FeatureSet.EMPTY;
        for (int word = 0; word < FEATURE_WORDS; word++) {
            window.writeInt(DEVICE_FEATURE_SELECT, word);
            offered = offered.withWord(word, window.readInt(DEVICE_FEATURE));
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
                window.writeInt(DRIVER_FEATURE_SELECT, word);
                window.writeInt(DRIVER_FEATURE, accepted.word(word));
            }
        }
    }

    /** {@return the MSI-X vector of configuration changes; 0xffff when there is none} */
    public int readConfigVector() {
        return u16(CONFIG_MSIX_VECTOR);
    }

    /**
     * Maps configuration changes to an MSI-X vector.
     *
     * @param vector the vector
     */
    public void writeConfigVector(int vector) {
        window.writeShort(CONFIG_MSIX_VECTOR, (short) vector);
    }

    /** {@return how many queues the device has at most, 0 to 65535} */
    public int readQueueCount() {
        return u16(NUM_QUEUES);
    }

    /** {@return the device status byte} */
    public int readStatus() {
        return window.readByte(DEVICE_STATUS) & 0xff;
    }

    /**
     * Writes the device status byte.
     *
     * @param status the byte
     */
    public void writeStatus(int status) {
        window.writeByte(DEVICE_STATUS, (byte) status);
    }

    /** {@return the generation of the device-specific configuration, 0 to 255} */
    public int readGeneration() {
        return window.readByte(CONFIG_GENERATION) & 0xff;
    }

    /**
     * Selects the queue that the following methods are about.
     *
     * @param queue its index
     */
    public void selectQueue(int queue) {
        window.writeShort(QUEUE_SELECT, (short) queue);
    }

    /** {@return the size of the selected queue, 0 to 65535; unchecked} */
    public int readQueueSize() {
        return u16(QUEUE_SIZE);
    }

    /**
     * Sets the size of the selected queue.
     *
     * @param size in entries
     */
    public void writeQueueSize(int size) {
        window.writeShort(QUEUE_SIZE, (short) size);
    }

    /** {@return the MSI-X vector of the selected queue; 0xffff when there is none} */
    public int readQueueVector() {
        return u16(QUEUE_MSIX_VECTOR);
    }

    /**
     * Maps the selected queue to an MSI-X vector.
     *
     * @param vector the vector
     */
    public void writeQueueVector(int vector) {
        window.writeShort(QUEUE_MSIX_VECTOR, (short) vector);
    }

    /** {@return queue_enable of the selected queue, 0 to 65535; 1 when it is enabled} */
    public int readQueueEnable() {
        return u16(QUEUE_ENABLE);
    }

    /** Enables the selected queue. There is no way to write 0 (4.1.4.3.2#6). */
    public void enableQueue() {
        window.writeShort(QUEUE_ENABLE, (short) 1);
    }

    /** {@return queue_notify_off of the selected queue, 0 to 65535; not in bytes} */
    public int readQueueNotifyOff() {
        return u16(QUEUE_NOTIFY_OFF);
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

    /** {@return the bits 0 to 127 that the driver has accepted, as the device shows them} */
    public FeatureSet readDriverFeatures() {
        FeatureSet accepted = FeatureSet.EMPTY;
        for (int word = 0; word < FEATURE_WORDS; word++) {
            window.writeInt(DRIVER_FEATURE_SELECT, word);
            accepted = accepted.withWord(word, window.readInt(DRIVER_FEATURE));
        }
        return accepted;
    }

    /**
     * {@return a device address of the selected queue}
     *
     * @param offset which of the three fields
     */
    long readQueueArea(int offset) {
        return (window.readInt(offset) & 0xffff_ffffL) | (long) window.readInt(offset + 4) << 32;
    }

    /** {@return whether the structure has queue_notif_config_data} */
    public boolean hasNotifConfigData() {
        return window.size() >= QUEUE_NOTIF_CONFIG_DATA + 2;
    }

    /** {@return what a notification of the selected queue shall carry, 0 to 65535} */
    public int readQueueNotifConfigData() {
        return u16(QUEUE_NOTIF_CONFIG_DATA);
    }

    /** {@return whether the structure has queue_reset} */
    public boolean hasQueueReset() {
        return window.size() >= QUEUE_RESET + 2;
    }

    /** Asks for a reset of the selected queue. */
    public void resetQueue() {
        window.writeShort(QUEUE_RESET, (short) 1);
    }

    /** {@return queue_reset of the selected queue, 0 to 65535; 1 while the reset goes on} */
    public int readQueueReset() {
        return u16(QUEUE_RESET);
    }

    private int u16(int offset) {
        return window.readShort(offset) & 0xffff;
    }

    private void writeLong(int offset, long value) {
        window.writeInt(offset, (int) value);
        window.writeInt(offset + 4, (int) (value >>> 32));
    }
}
