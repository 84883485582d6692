package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The private folder of one machine: its RAM file, its sockets, its firmware.
 *
 * <p>It lies in {@code /dev/shm} where that has room, since RAM that is backed by a disk would be
 * written there, else in {@code java.io.tmpdir}. Only its owner may enter it. A lock on a file
 * inside says that its JVM lives, whatever process namespace that is in; the next machine that
 * starts removes folders whose lock is free.
 *
 * <p>It is removed as soon as everything in it is open, so that a JVM that is killed leaves
 * nothing.
 */
public final class RunFolder implements AutoCloseable {
    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String LOCK = "lock";

    /** For everything in the folder beside the RAM. */
    private static final long SLACK = 1 << 20;

    private final Path path;
    private final FileChannel lock;

    private RunFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes a folder with room for a RAM file, and removes what dead JVMs left beside it.
     *
     * @param ramBytes how large the RAM file will be
     * @return the folder, empty but for its lock
     * @throws QemuException when there is no place with enough room
     */
    public static RunFolder create(long ramBytes) {
        List<Path> parents = List.of(SHARED_MEMORY, Path.of(System.getProperty("java.io.tmpdir")));
        StringBuilder refusals = new StringBuilder();
        for (Path parent : parents) {
            if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
                refusals.append("; ").append(parent).append(" is no folder to write to");
                continue;
            }
            try {
                StaleFolders.sweep(parent);
                long room = Files.getFileStore(parent).getUsableSpace();
                if (room < ramBytes + SLACK) {
                    refusals.append("; %s has room for %d MiB".formatted(parent, room >> 20));
                    continue;
                }
                return createIn(parent);
            } catch (IOException failure) {
                refusals.append("; %s: %s".formatted(parent, failure));
            }
        }
        throw new QemuException(
                "no place for a RAM file of %d MiB: choose a smaller memory or make room (%s)"
                        .formatted(ramBytes >> 20, refusals.substring(2)));
    }

    private static RunFolder createIn(Path parent) throws IOException {
        Path path = parent.resolve(ownPrefix() + COUNTER.incrementAndGet());
        Files.createDirectory(
                path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            FileChannel lock =
                    FileChannel.open(
                            path.resolve(LOCK),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE);
            lock.lock();
            return new RunFolder(path, lock);
        } catch (IOException | RuntimeException failure) {
            remove(path);
            throw failure;
        }
    }

    /** {@return where it is} */
    public Path path() {
        return path;
    }

    /**
     * Names a file in the folder.
     *
     * @param name the file's own name
     * @return its path
     */
    public Path file(String name) {
        return path.resolve(name);
    }

    /**
     * Lets a group use the folder and what is in it by now, for a QEMU that runs as another user.
     * The JVM must be allowed to give files to that group.
     *
     * @param gid the number of the group
     * @throws QemuException when the JVM may not
     */
    public void shareWithGroup(int gid) {
        try (var files = Files.newDirectoryStream(path)) {
            for (Path file : files) {
                share(file, gid, "rw-rw----");
            }
            share(path, gid, "rwxrwx---");
        } catch (IOException failure) {
            throw new QemuException(
                    "cannot give %s to group %d: %s".formatted(path, gid, failure), failure);
        }
    }

    private static void share(Path file, int gid, String mode) throws IOException {
        Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    /** Removes the folder with everything in it; what is open stays usable. Idempotent. */
    @Override
    public void close() {
        try {
            remove(path);
            lock.close();
        } catch (IOException failure) {
            throw new QemuException("cannot remove %s: %s".formatted(path, failure), failure);
        }
    }

    /** Every folder of this JVM starts so, and no other JVM's that may live at the same time. */
    static String ownPrefix() {
        ProcessHandle self = ProcessHandle.current();
        long start = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return StaleFolders.PREFIX + self.pid() + "-" + Long.toString(start, 36) + "-";
    }

    static String lockName() {
        return LOCK;
    }

    /** Removes a tree, following no links; that somebody else removes it too is no failure. */
    static void remove(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure)
                            throws IOException {
                        if (failure instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw failure;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @Nullable IOException failure) throws IOException {
                        if (failure != null && !(failure instanceof NoSuchFileException)) {
                            throw failure;
                        }
                        Files.deleteIfExists(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
