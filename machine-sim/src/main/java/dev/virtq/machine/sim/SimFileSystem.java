package dev.virtq.machine.sim;

import dev.virtq.machine.sim.device.FileSystemSettings;
import dev.virtq.machine.sim.fuse.ServerSettings;
import dev.virtq.machine.sim.tree.HostTree;
import dev.virtq.machine.sim.tree.MemoryTree;
import dev.virtq.machine.sim.tree.Tree;
import dev.virtq.transport.vhostuser.posix.PageWindow;
import dev.virtq.transport.vhostuser.posix.PosixException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * A file system device (virtio 1.4, section 5.11) that a {@link SimMachine} has beside its network
 * device: a share of files, in memory or of the host.
 *
 * <pre>{@code
 * SimMachine machine = SimMachine.builder().device(SimDevice.fileSystem().withTag("data")).start();
 * Transport transport = machine.transport(DeviceType.FILE_SYSTEM);
 * SimShare share = machine.share("fs0");       // what the driver holds
 * }</pre>
 *
 * <p>It speaks FUSE 7.31 to 7.45, without ioctl, and with DAX where it has a window. Several
 * devices may serve the same files: those that were made from one {@link SimDevice#fileSystem} by
 * the methods below.
 *
 * <p>Immutable; the files are not.
 */
public final class SimFileSystem {
    /** What the files in memory take at most, unless one says otherwise. */
    public static final long CAPACITY = 1L << 30;

    private static final int LONGEST_TAG = 36;
    private static final int MOST_QUEUES = 62;
    private static final int INIT = 26;

    /** {@code struct fuse_out_header}, the largest message, a name and its end. */
    private static final int LEAST_NOTIFY_BUFFER = 16 + 24 + 256;

    private final FileSystemSettings settings;

    private SimFileSystem(FileSystemSettings settings) {
        this.settings = settings;
    }

    private static SimFileSystem of(Tree tree) {
        return new SimFileSystem(
                new FileSystemSettings("virtq", 1, 0, tree, ServerSettings.DEFAULT, 0));
    }

    static SimFileSystem inMemory(long capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException(
                    "files of at most %d bytes (expected: 0 or more)".formatted(capacity));
        }
        return of(new MemoryTree(capacity));
    }

    static SimFileSystem over(Path directory) throws IOException {
        return of(new HostTree(directory));
    }

    FileSystemSettings settings() {
        return settings;
    }

    private SimFileSystem served(ServerSettings server) {
        return new SimFileSystem(
                new FileSystemSettings(
                        settings.tag(),
                        settings.requestQueues(),
                        settings.notifyBufferSize(),
                        settings.tree(),
                        server,
                        settings.window()));
    }

    /**
     * {@return this share with another name}
     *
     * @param tag 1 to 36 bytes of UTF-8, without zeros
     */
    public SimFileSystem withTag(String tag) {
        int length = tag.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > LONGEST_TAG || tag.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "tag '%s' of %d bytes (expected: 1..%d, none of them 0)"
                            .formatted(tag, length, LONGEST_TAG));
        }
        return new SimFileSystem(
                new FileSystemSettings(
                        tag,
                        settings.requestQueues(),
                        settings.notifyBufferSize(),
                        settings.tree(),
                        settings.server(),
                        settings.window()));
    }

    /**
     * {@return this share with another number of request queues}
     *
     * @param count how many, 1 to 62
     */
    public SimFileSystem withRequestQueues(int count) {
        if (count < 1 || count > MOST_QUEUES) {
            throw new IllegalArgumentException(
                    "%d request queues (expected: 1..%d)".formatted(count, MOST_QUEUES));
        }
        return new SimFileSystem(
                new FileSystemSettings(
                        settings.tag(),
                        count,
                        settings.notifyBufferSize(),
                        settings.tree(),
                        settings.server(),
                        settings.window()));
    }

    /**
     * {@return this share, which offers VIRTIO_FS_F_NOTIFICATION}
     *
     * @param bufferSize how large the buffers of the notification queue have to be, in bytes; 296
     *     or more, so that every message fits (5.11.4.2#2)
     */
    public SimFileSystem withNotifications(int bufferSize) {
        if (bufferSize < LEAST_NOTIFY_BUFFER) {
            throw new IllegalArgumentException(
                    "notification buffers of %d bytes (expected: %d or more)"
                            .formatted(bufferSize, LEAST_NOTIFY_BUFFER));
        }
        return new SimFileSystem(
                new FileSystemSettings(
                        settings.tag(),
                        settings.requestQueues(),
                        bufferSize,
                        settings.tree(),
                        settings.server(),
                        settings.window()));
    }

    /** {@return whether a share can have a DAX window: the calls for it are there on Linux} */
    public static boolean hasWindows() {
        return PageWindow.isPossible();
    }

    /**
     * {@return this share with a DAX window, in which its driver sees files as memory (virtio 1.4,
     * section 5.11.6.4)}
     *
     * <p>What is shown in the window is the file itself: a file of the host, or, of a tree in
     * memory, one that is in shared memory from then on. What is stored there is read by everybody,
     * and what anybody writes is seen there.
     *
     * @param bytes how large it is: a multiple of the system's page size; only addresses are taken
     * @throws UnsupportedOperationException where {@link #hasWindows} is false
     */
    public SimFileSystem withWindow(long bytes) {
        if (!hasWindows()) {
            throw new UnsupportedOperationException(
                    "this system has no mremap, which a DAX window takes (expected: Linux)");
        }
        int page;
        try {
            page = PageWindow.pageSize();
        } catch (PosixException e) {
            throw new IllegalStateException(e);
        }
        if (bytes <= 0 || bytes % page != 0) {
            throw new IllegalArgumentException(
                    "a window of %d bytes (expected: a multiple of %d)".formatted(bytes, page));
        }
        return new SimFileSystem(
                new FileSystemSettings(
                        settings.tag(),
                        settings.requestQueues(),
                        settings.notifyBufferSize(),
                        settings.tree(),
                        settings.server(),
                        bytes));
    }

    /**
     * {@return this share, which answers INIT with an older version of the protocol}
     *
     * @param minor the newest minor version of FUSE 7 that it speaks, 31 to 45
     */
    public SimFileSystem speaking(int minor) {
        return served(settings.server().withMinor(minor));
    }

    /** {@return this share, of which nothing can be changed through the device} */
    public SimFileSystem readOnly() {
        return served(settings.server().withReadOnly());
    }

    /**
     * {@return this share, with another limit of what is written at once}
     *
     * @param bytes 4096 or more
     */
    public SimFileSystem withLargestWrite(int bytes) {
        return served(settings.server().withLargestWrite(bytes));
    }

    /**
     * {@return this share, which says other things about how long its answers may be trusted}
     *
     * @param entries for how long a name stands for the same file
     * @param attributes for how long what is known of a file is so
     */
    public SimFileSystem trusted(Duration entries, Duration attributes) {
        return served(settings.server().withTimeouts(entries, attributes));
    }

    /**
     * {@return this share, which answers some requests with ENOSYS, as servers do that have never
     * heard of them}
     *
     * @param opcodes the numbers of {@code enum fuse_opcode}; INIT cannot be among them
     */
    public SimFileSystem withoutRequests(Integer... opcodes) {
        Set<Integer> unknown = Set.of(opcodes);
        if (unknown.contains(INIT)) {
            throw new IllegalArgumentException("a server without INIT (expected: one that has it)");
        }
        return served(settings.server().withUnknown(unknown));
    }
}
