package dev.virtq.drivers.fs;

import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemNotFoundException;
import java.util.HashMap;
import java.util.Map;

/** The file systems of this JVM that are open, by name. */
final class Mounts {
    private static final Map<String, VirtioFileSystem> OPEN = new HashMap<>();

    private Mounts() {}

    /** Adds one under the name that it wants, or under one with a number where that is taken. */
    static String add(VirtioFileSystem system, String wanted) {
        synchronized (OPEN) {
            String name = wanted;
            for (int number = 2; OPEN.containsKey(name); number++) {
                name = wanted + "-" + number;
            }
            OPEN.put(name, system);
            return name;
        }
    }

    static void remove(String name) {
        synchronized (OPEN) {
            OPEN.remove(name);
        }
    }

    static VirtioFileSystem find(String name) {
        synchronized (OPEN) {
            VirtioFileSystem system = OPEN.get(name);
            if (system == null) {
                throw new FileSystemNotFoundException(
                        "no share is mounted as '%s' (mounted: %s)".formatted(name, OPEN.keySet()));
            }
            return system;
        }
    }

    static void checkFree(String name) {
        synchronized (OPEN) {
            if (OPEN.containsKey(name)) {
                throw new FileSystemAlreadyExistsException(
                        "a share is mounted as '%s' already".formatted(name));
            }
        }
    }
}
