package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder that the kernel shows at another place over FUSE, served by bindfs. */
final class BindMount {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Path mountPoint;
    private final Process process;

    private BindMount(Path mountPoint, Process process) {
        this.mountPoint = mountPoint;
        this.process = process;
    }

    /**
     * Mounts.
     *
     * @param option of the mount, as of {@code mount -o}
     * @throws IOException when there is no bindfs, or it may not mount here
     */
    static BindMount of(Path folder, Path mountPoint, String option) throws IOException {
        Files.createDirectories(mountPoint);
        Object before = Files.getAttribute(mountPoint, "unix:dev");
        Process process;
        try {
            process =
                    new ProcessBuilder(
                                    "bindfs",
                                    "-f",
                                    "-o",
                                    option,
                                    folder.toString(),
                                    mountPoint.toString())
                            .inheritIO()
                            .start();
        } catch (IOException e) {
            throw new IOException("no bindfs to compare with (Debian: apt-get install bindfs)", e);
        }
        BindMount mount = new BindMount(mountPoint, process);
        if (!Waiting.until(
                () -> !Files.getAttribute(mountPoint, "unix:dev").equals(before),
                process,
                PATIENCE_MILLIS)) {
            mount.close();
            throw new IOException("bindfs did not mount " + folder);
        }
        return mount;
    }

    /** Unmounts. */
    void close() throws IOException {
        try {
            new ProcessBuilder("umount", mountPoint.toString()).inheritIO().start().onExit().join();
        } finally {
            process.destroy(); // it has ended, when it was unmounted
            process.onExit().join();
        }
    }
}
