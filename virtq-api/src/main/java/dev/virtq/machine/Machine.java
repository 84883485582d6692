package dev.virtq.machine;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.memory.DmaMemory;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A machine that has devices and no guest: the driver is here.
 *
 * <p>Closing it ends the machine, and revokes access to its memory without unmapping it under
 * anybody. Whoever still waits for one of its devices gets {@link
 * dev.virtq.device.DeviceLostException} or {@link dev.virtq.device.TransferReturnedException}.
 *
 * <p>Threads: all methods may be called from any thread.
 */
public interface Machine extends AutoCloseable {
    /** {@return the name of its provider, as in {@code qemu-local}} */
    String kind();

    /** {@return what it is, in one line, as in {@code QEMU 10.0.13 in container 3fe1}} */
    String description();

    /**
     * {@return what is good to know when something does not work: command line, sockets, process}
     */
    Map<String, String> details();

    /**
     * {@return what somebody else must still do before its devices can be opened, and by when, in a
     * few words, as in {@code a back end that connects to /run/net.sock, for 30 s at most}; empty
     * when nothing}
     */
    default Optional<String> awaited() {
        return Optional.empty();
    }

    /**
     * {@return whether a device that was lost may be there again, since somebody else starts it, so
     * that {@link Transport#reconnect} can go on with it}
     */
    default boolean canReconnect() {
        return false;
    }

    /** {@return the memory that its devices can reach} */
    DmaMemory memory();

    /** {@return its devices, in the order of their names} */
    List<AttachedDevice> devices();

    /**
     * Opens the way to the first device of a type.
     *
     * @param type what kind of device
     * @return the way to it
     * @throws IllegalArgumentException when there is no such device
     */
    default Transport transport(DeviceType type) {
        return devices().stream()
                .filter(device -> device.type().filter(type::equals).isPresent())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "the machine has no %s device (it has: %s)"
                                        .formatted(type, devices())))
                .open();
    }

    /** Ends the machine. Idempotent. Nothing of it is left: no process, no container, no file. */
    @Override
    void close();
}
