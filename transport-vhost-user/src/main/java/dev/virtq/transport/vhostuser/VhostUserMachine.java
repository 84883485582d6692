package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A device behind a vhost-user socket, and the memory that is shared with it.
 *
 * <pre>{@code
 * try (VhostUserMachine machine = VhostUserMachine.connect(socket, DeviceType.NETWORK, 64 << 20);
 *         NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
 *     net.send(frame);
 * }
 * }</pre>
 */
public final class VhostUserMachine implements Machine {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Path path;
    private final DeviceType type;
    private final SharedRam ram;
    private @Nullable VhostUserTransport open;
    private boolean closed;

    private VhostUserMachine(Path path, DeviceType type, SharedRam ram) {
        this.path = path;
        this.type = type;
        this.ram = ram;
    }

    /**
     * Makes memory for a back end. It is connected to when its device is opened.
     *
     * @param socket where the back end listens
     * @param type what kind of device it is; the protocol does not say
     * @param memoryBytes how much memory to share with it
     * @return the machine
     * @throws VirtioException when there is not so much memory
     */
    public static VhostUserMachine of(Path socket, DeviceType type, long memoryBytes) {
        try {
            return new VhostUserMachine(socket, type, SharedRam.allocate(memoryBytes));
        } catch (PosixException e) {
            throw new VirtioException("memory for %s: %s".formatted(socket, e.getMessage()), e);
        }
    }

    @Override
    public String kind() {
        return "vhost-user";
    }

    @Override
    public String description() {
        return "the back end at " + path;
    }

    @Override
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("socket", path.toString());
        details.put("pages", ram.hasHugePages() ? "2 MiB" : "4 KiB, since there are no huge ones");
        return details;
    }

    @Override
    public DmaMemory memory() {
        return ram.memory();
    }

    @Override
    public List<AttachedDevice> devices() {
        return List.of(new BackEnd());
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (open != null) {
            open.close();
            open = null;
        }
        ram.close();
    }

    private synchronized Transport connect() {
        if (closed) {
            throw new DeviceLostException("the machine was closed");
        }
        if (open != null && open.lost().isEmpty()) {
            throw new IllegalStateException(
                    "the device at %s is open (expected: closed before it is opened again)"
                            .formatted(path));
        }
        try {
            open =
                    new VhostUserTransport(
                            UnixSocket.connect(path),
                            "vhost-user " + path.getFileName(),
                            type,
                            ram,
                            PATIENCE);
            return open;
        } catch (PosixException e) {
            throw new DeviceLostException(
                    "no back end answers at %s: %s".formatted(path, e.getMessage()), e);
        }
    }

    private final class BackEnd implements AttachedDevice {
        @Override
        public String name() {
            return type.name() + "0";
        }

        @Override
        public Optional<DeviceType> type() {
            return Optional.of(type);
        }

        @Override
        public String location() {
            return "vhost-user " + path;
        }

        @Override
        public Transport open() {
            return connect();
        }
    }
}
