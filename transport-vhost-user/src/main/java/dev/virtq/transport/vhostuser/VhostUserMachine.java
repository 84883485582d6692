package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.vhostuser.posix.PosixException;
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
 * try (VhostUserMachine machine = VhostUserMachine.of(socket, DeviceType.NETWORK, 64 << 20);
 *         NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
 *     net.send(frame);
 * }
 * }</pre>
 */
public final class VhostUserMachine implements Machine {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private static final String SMALL_PAGES =
            "4 KiB, since too few of 2 MiB are free; that costs TLB misses on both sides";

    private final MeetingPlace place;
    private final DeviceType type;
    private final SharedRam ram;
    private final Duration patience;
    private @Nullable VhostUserTransport open;
    private boolean closed;

    private VhostUserMachine(
            MeetingPlace place, DeviceType type, SharedRam ram, Duration patience) {
        this.place = place;
        this.type = type;
        this.ram = ram;
        this.patience = patience;
    }

    /**
     * Makes memory for a back end. It is connected to when its device is opened.
     *
     * @param socket where the back end listens
     * @param type what kind of device it is; the protocol does not say
     * @param memoryBytes how much memory to share with it, rounded up to pages of 2 MiB: at least
     *     1, at most 1 TiB
     * @return the machine
     * @throws IllegalArgumentException when that is no amount of memory
     * @throws VirtioException when there is not so much memory
     */
    public static VhostUserMachine of(Path socket, DeviceType type, long memoryBytes) {
        return of(socket, type, memoryBytes, PATIENCE);
    }

    /**
     * Makes memory for a back end, as {@link #of(Path, DeviceType, long)}, with another patience
     * than 5 seconds.
     *
     * @param socket where the back end listens
     * @param type what kind of device it is
     * @param memoryBytes how much memory to share with it
     * @param patience how long the back end may take to answer one request; after that it counts as
     *     lost
     * @return the machine
     * @throws IllegalArgumentException when that is no amount of memory, or no patience
     * @throws VirtioException when there is not so much memory
     */
    public static VhostUserMachine of(
            Path socket, DeviceType type, long memoryBytes, Duration patience) {
        check(patience);
        return at(new TheirSocket(socket), type, memoryBytes, patience);
    }

    /**
     * Makes memory for a back end, and listens until one connects: at once, so that one may come
     * before its device is opened. To open the device waits for it, 30 seconds at most; {@link
     * #close} or an interrupt ends the wait.
     *
     * <p>One back end is served at a time. Another that connects meanwhile waits, and is served
     * when the device is opened again after the first has gone.
     *
     * @param socket where. A socket that a dead process has left there is replaced. The socket is
     *     removed by {@link #close}
     * @param type what kind of device it is; the protocol does not say
     * @param memoryBytes how much memory to share with it, rounded up to pages of 2 MiB: at least
     *     1, at most 1 TiB
     * @return the machine
     * @throws IllegalArgumentException when that is no amount of memory, something is at the
     *     socket's path, or nothing can be
     * @throws VirtioException when there is not so much memory, or nobody may listen there
     */
    public static VhostUserMachine listen(Path socket, DeviceType type, long memoryBytes) {
        return listen(socket, type, memoryBytes, PATIENCE, LONGEST_WAIT);
    }

    /**
     * Makes memory for a back end, and listens, as {@link #listen(Path, DeviceType, long)}, with
     * another patience than 5 seconds and another wait than 30.
     *
     * @param socket where
     * @param type what kind of device it is
     * @param memoryBytes how much memory to share with it
     * @param patience how long the back end may take to answer one request; after that it counts as
     *     lost
     * @param wait how long a back end may take to connect, from the moment at which the device is
     *     opened
     * @return the machine
     * @throws IllegalArgumentException when that is no amount of memory, no patience or no wait,
     *     something is at the socket's path, or nothing can be
     * @throws VirtioException when there is not so much memory, or nobody may listen there
     */
    public static VhostUserMachine listen(
            Path socket, DeviceType type, long memoryBytes, Duration patience, Duration wait) {
        check(patience);
        return at(OwnSocket.listen(socket, wait), type, memoryBytes, patience);
    }

    private static void check(Duration patience) {
        if (patience.isNegative() || patience.isZero()) {
            throw new IllegalArgumentException(
                    "a patience of %s (expected: more than none)".formatted(patience));
        }
    }

    private static VhostUserMachine at(
            MeetingPlace place, DeviceType type, long memoryBytes, Duration patience) {
        try {
            SharedRam ram = SharedRam.allocate(memoryBytes);
            return new VhostUserMachine(place, type, ram, patience);
        } catch (PosixException e) {
            place.close();
            throw new VirtioException(
                    "memory for %s: %s".formatted(place.path(), e.getMessage()), e);
        } catch (RuntimeException e) {
            place.close();
            throw e;
        }
    }

    @Override
    public String kind() {
        return "vhost-user";
    }

    @Override
    public String description() {
        return place.backEnd();
    }

    @Override
    public Optional<String> awaited() {
        return place.awaited();
    }

    @Override
    public boolean canReconnect() {
        return true;
    }

    @Override
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("socket", place.path().toString());
        details.put("pages", ram.hasHugePages() ? "2 MiB" : SMALL_PAGES);
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
    public void close() {
        try {
            place.close(); // whoever waits there lets go of the lock
        } finally {
            end();
        }
    }

    private synchronized void end() {
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
                            .formatted(place.path()));
        }
        if (open != null) {
            open.close(); // it was lost, and nobody has closed it
            open = null;
        }
        try {
            VhostUserTransport transport =
                    VhostUserTransport.open(
                            place, "vhost-user " + place.path().getFileName(), type, ram, patience);
            open = transport;
            return transport;
        } catch (PosixException e) {
            throw new DeviceLostException(
                    "no back end answers at %s: %s".formatted(place.path(), e.getMessage()), e);
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
            return "vhost-user " + place.path();
        }

        @Override
        public Transport open() {
            return connect();
        }
    }
}
