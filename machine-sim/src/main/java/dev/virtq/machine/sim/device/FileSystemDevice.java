package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.fuse.FuseServer;
import dev.virtq.transport.vhostuser.posix.PageWindow;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file system device of a simulated machine, and what its driver holds. Threads: any. */
public final class FileSystemDevice {
    private final FileSystemSettings settings;
    private final FuseServer server;
    private final FileSystemBehaviour behaviour;
    private final SimulatedDevice device;

    /**
     * Makes a device, and starts it.
     *
     * @param name its name in the machine
     * @param settings what it is like
     * @param hardware what all devices of the machine have in common
     */
    public FileSystemDevice(String name, FileSystemSettings settings, Hardware hardware) {
        this.settings = settings;
        PageWindow window = window(settings.window());
        server = new FuseServer(settings.tree(), settings.server(), window);
        behaviour = new FileSystemBehaviour(settings, server, hardware.conduct(), window);
        device = new SimulatedDevice(name, behaviour, hardware);
    }

    private static @Nullable PageWindow window(long bytes) {
        try {
            return bytes == 0 ? null : PageWindow.reserve(bytes);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "a window of %d bytes cannot be had: %s".formatted(bytes, e.getMessage()), e);
        }
    }

    /** {@return the driver's side of it} */
    public SimulatedDevice device() {
        return device;
    }

    /** {@return what it is like} */
    public FileSystemSettings settings() {
        return settings;
    }

    /** {@return what its driver holds now} */
    public FuseServer.Holdings holdings() {
        return server.holdings();
    }

    /** Lets go of what the driver has open, once the device has ended. */
    public void release() {
        server.end();
    }

    /**
     * Has the driver told something, when it has a buffer for it; nothing is told without
     * VIRTIO_FS_F_NOTIFICATION.
     *
     * @param notification the message
     */
    public void tell(byte[] notification) {
        behaviour.tell(notification);
        device.attention();
    }
}
