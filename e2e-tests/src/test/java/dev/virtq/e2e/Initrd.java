package dev.virtq.e2e;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of a guest, as its kernel unpacks them into memory: an archive in cpio's format "newc".
 */
final class Initrd implements AutoCloseable {
    private static final int FOLDER = 0040755;
    private static final int FILE = 0100644;
    private static final int PROGRAM = 0100755;

    private final OutputStream out;
    private final Set<String> folders = new HashSet<>();
    private int entries;

    Initrd(Path file) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
    }

    /** Adds a folder, and those that it is in. */
    Initrd folder(String name) throws IOException {
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            folder(name.substring(0, slash));
        }
        if (folders.add(name)) {
            header(name, FOLDER, 0, 0);
        }
        return this;
    }

    /**
     * Adds a file of this computer, or all that is in a folder. What is a link here is none there.
     *
     * @param name the path there, without a slash at the beginning
     * @param source the path here
     */
    Initrd copy(String name, Path source) throws IOException {
        if (Files.isDirectory(source)) {
            folder(name);
            try (Stream<Path> inside = Files.list(source)) {
                for (Path child : inside.sorted().toList()) {
                    copy(name + "/" + child.getFileName(), child);
                }
            }
            return this;
        }
        parent(name);
        // The time counts: the JVM compares it with that in its archive of classes.
        long seconds = Files.getLastModifiedTime(source).toMillis() / 1000;
        long size = Files.size(source);
        header(name, Files.isExecutable(source) ? PROGRAM : FILE, seconds, size);
        Files.copy(source, out);
        pad(size);
        return this;
    }

    /** Adds a script. */
    Initrd script(String name, String content) throws IOException {
        parent(name);
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        header(name, PROGRAM, 0, bytes.length);
        out.write(bytes);
        pad(bytes.length);
        return this;
    }

    private void parent(String name) throws IOException {
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            folder(name.substring(0, slash));
        }
    }

    private void header(String name, int mode, long modified, long size) throws IOException {
        entries++;
        long[] fields = {
            entries, mode, 0, 0, 1, modified, size, 0, 0, 0, 0, name.length() + 1, 0,
        };
        StringBuilder header = new StringBuilder("070701");
        for (long field : fields) {
            header.append("%08X".formatted(field));
        }
        header.append(name).append('\0');
        out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
        pad(header.length());
    }

    private void pad(long written) throws IOException {
        out.write(new byte[(int) (-written & 3)]);
    }

    @Override
    public void close() throws IOException {
        header("TRAILER!!!", 0, 0, 0);
        out.close();
    }
}
