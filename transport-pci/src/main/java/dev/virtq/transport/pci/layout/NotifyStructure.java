package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.transport.RegisterWindow;

/** Where available buffer notifications go (virtio 1.4, section 4.1.4.4). */
public final class NotifyStructure {
    private final RegisterWindow window;
    private final long multiplier;
    private final boolean alignedForWide;

    NotifyStructure(RegisterWindow window, long multiplier, boolean alignedForWide) {
        this.window = window;
        this.multiplier = multiplier;
        this.alignedForWide = alignedForWide;
    }

    /** Whether a device may have that notify_off_multiplier: "an even power of 2, or 0". */
    static boolean isMultiplier(long multiplier) {
        return multiplier == 0 || (multiplier > 1 && Long.bitCount(multiplier) == 1);
    }

    /** {@return the registers} */
    public RegisterWindow window() {
        return window;
    }

    /** {@return whether the addresses suit the 32-bit writes of VIRTIO_F_NOTIFICATION_DATA} */
    public boolean takesWideNotifications() {
        return alignedForWide && window.size() >= 4 && multiplier % 4 == 0;
    }

    /**
     * {@return where the notifications of a queue go, in bytes from the start of the structure}
     *
     * @param queue the queue's index
     * @param notifyOff the queue's queue_notify_off, as the device says
     * @param width how many bytes a notification has: 2, or 4 with VIRTIO_F_NOTIFICATION_DATA
     * @throws DeviceFaultException when that is not in the structure
     */
    public long offset(int queue, int notifyOff, int width) {
        long offset = notifyOff * multiplier; // below 2^48: 16 bits times 32 bits
        if (offset + width > window.size()) {
            throw new DeviceFaultException(
                    "the notification address of queue " + queue + " is outside its structure",
                    width == 2 ? "4.1.4.4.1#5" : "4.1.4.4.1#9",
                    "queue_notify_off %d x multiplier %d + %d (expected: up to 0x%x)"
                            .formatted(notifyOff, multiplier, width, window.size()));
        }
        return offset;
    }
}
