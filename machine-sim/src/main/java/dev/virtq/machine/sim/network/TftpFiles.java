package dev.virtq.machine.sim.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The directory that is served, and the one way into it. */
final class TftpFiles {

    /** A file may not be looked at, or is not there. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int code;

        RefusedException(int code, String message) {
            super(message);
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    static final int NOT_FOUND = 1;
    static final int ACCESS_VIOLATION = 2;

    private final Path directory;

    TftpFiles(Path directory) {
        this.directory = directory;
    }

    /** Finds a file. Neither dots nor links lead out of the directory. */
    Path find(String name) throws RefusedException {
        try {
            Path root = directory.toRealPath();
            Path inside = root.resolve(name.replaceFirst("^/+", "")).normalize();
            if (name.contains("../") || name.endsWith("/") || !inside.startsWith(root)) {
                throw new RefusedException(ACCESS_VIOLATION, "Access violation");
            }
            Path file = inside.toRealPath();
            if (!file.startsWith(root)) {
                throw new RefusedException(ACCESS_VIOLATION, "Access violation");
            }
            if (!Files.isRegularFile(file)) {
                throw notFound();
            }
            return file;
        } catch (InvalidPathException _) {
            throw new RefusedException(ACCESS_VIOLATION, "Access violation");
        } catch (IOException _) {
            throw notFound();
        }
    }

    /** Reads up to {@code length} bytes; less only at the end of the file. */
    static ByteBuffer read(Path file, long position, int length) throws RefusedException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(file)) {
            int count = 0;
            while (bytes.hasRemaining() && count >= 0) {
                count = channel.read(bytes, position + bytes.position());
            }
        } catch (IOException _) {
            throw notFound();
        }
        return bytes.flip();
    }

    static long size(Path file) throws RefusedException {
        try {
            return Files.size(file);
        } catch (IOException _) {
            throw notFound();
        }
    }

    private static RefusedException notFound() {
        return new RefusedException(NOT_FOUND, "File not found");
    }
}
