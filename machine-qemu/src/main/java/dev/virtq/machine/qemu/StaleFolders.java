package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Removes the {@link RunFolder}s of JVMs that are gone. */
final class StaleFolders {
    static final String PREFIX = "virtq-";

    /** A folder without a lock may be one whose JVM is about to make it. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    private static final System.Logger LOG = System.getLogger(StaleFolders.class.getName());

    private StaleFolders() {}

    static void sweep(Path parent) throws IOException {
        // A JVM may not even open its own lock files a second time: closing that would let go of
        // the lock (fcntl(2)).
        String own = RunFolder.ownPrefix();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path folder : folders) {
                if (!folder.getFileName().toString().startsWith(own)) {
                    sweepOne(folder, parent);
                }
            }
        }
    }

    private static void sweepOne(Path folder, Path parent) {
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || !isOurs(folder)) {
                return;
            }
            Path lockFile = folder.resolve(RunFolder.lockName());
            if (!Files.exists(lockFile, LinkOption.NOFOLLOW_LINKS)) {
                Instant changed =
                        Files.getLastModifiedTime(folder, LinkOption.NOFOLLOW_LINKS).toInstant();
                if (changed.isBefore(Instant.now().minus(GRACE))) {
                    RunFolder.remove(folder);
                }
                return;
            }
            try (FileChannel channel =
                            FileChannel.open(
                                    lockFile, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                    @Nullable FileLock lock = channel.tryLock()) {
                if (lock != null) {
                    RunFolder.remove(folder);
                }
            }
        } catch (NoSuchFileException gone) {
            LOG.log(System.Logger.Level.DEBUG, "{0} went by itself", folder);
        } catch (IOException failure) {
            // Not ours to insist: a machine can start beside a folder that cannot be removed.
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot remove the stale folder " + folder + " in " + parent,
                    failure);
        }
    }

    private static boolean isOurs(Path folder) throws IOException {
        // Files.getOwner reads names, which a minimal system may not have: compare numbers.
        Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        return owner.equals(self);
    }
}
