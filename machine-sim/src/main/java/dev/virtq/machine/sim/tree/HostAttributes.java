package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * What the host knows of a file.
 *
 * @param key which file it is
 * @param attributes what is known of it
 */
record HostAttributes(HostTree.Key key, Attributes attributes) {
    private static final int SECTOR = 512;

    /** Reads them; a link is not followed. */
    static HostAttributes read(Path path) throws FileError {
        Map<String, Object> all;
        try {
            all = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw FileError.of(e);
        }
        long size = number(all, "size");
        return new HostAttributes(
                new HostTree.Key(number(all, "dev"), number(all, "ino")),
                new Attributes(
                        number(all, "ino"),
                        size,
                        (size + SECTOR - 1) / SECTOR * SECTOR, // blocks are not told
                        time(all, "lastAccessTime"),
                        time(all, "lastModifiedTime"),
                        time(all, "ctime"),
                        time(all, "creationTime"),
                        (int) number(all, "mode"),
                        (int) number(all, "nlink"),
                        (int) number(all, "uid"),
                        (int) number(all, "gid"),
                        (int) number(all, "rdev")));
    }

    private static long number(Map<String, Object> all, String name) {
        return ((Number) Objects.requireNonNull(all.get(name))).longValue();
    }

    private static Instant time(Map<String, Object> all, String name) {
        return ((FileTime) Objects.requireNonNull(all.get(name))).toInstant();
    }
}
