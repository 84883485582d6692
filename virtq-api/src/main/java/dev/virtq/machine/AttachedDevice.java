package dev.virtq.machine;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import java.util.Optional;

/** A device of a {@link Machine}. */
public interface AttachedDevice {
    /** {@return its name in the machine, as in {@code net0}} */
    String name();

    /** {@return what kind of virtio device it is; empty when it is none} */
    Optional<DeviceType> type();

    /** {@return where it is, as in {@code pci 00:01.0}} */
    String location();

    /**
     * Opens the way to it.
     *
     * @return a new transport
     * @throws IllegalArgumentException when it is not a virtio device, or one without the modern
     *     interface
     * @throws IllegalStateException when somebody has opened it and not closed it
     * @throws dev.virtq.device.VirtioException when it cannot be reached
     */
    Transport open();
}
