package dev.virtq.cli.command;

import dev.virtq.cli.value.CommandException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where a file is copied to. It grows under another name beside its own, which it gets when it is
 * whole: what was there before stays until then, and no half of a file is left. What is no regular
 * file, as a device, is written where it is.
 */
final class Landing implements Closeable {
    private final Path target;
    private final @Nullable Path part;
    private final boolean replaces;
    private final FileChannel channel;
    private boolean whole;

    private Landing(Path target, @Nullable Path part, boolean replaces, FileChannel channel) {
        this.target = target;
        this.part = part;
        this.replaces = replaces;
        this.channel = channel;
    }

    /**
     * Makes room for a file.
     *
     * @param wanted the name that it gets
     * @param replace whether what is there may be replaced
     */
    static Landing at(Path wanted, boolean replace) throws IOException {
        if (isThere(wanted) && !replace) {
            throw new FileAlreadyExistsException(wanted.toString());
        }
        Path target = Files.exists(wanted) ? wanted.toRealPath() : wanted;
        if (Files.isDirectory(target)) {
            throw new CommandException("%s: is a folder (expected: a file)".formatted(wanted));
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            return new Landing(
                    target, null, false, FileChannel.open(target, StandardOpenOption.WRITE));
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        String name = ".virtq-%08x".formatted(ThreadLocalRandom.current().nextInt());
        Path part = target.resolveSibling(name);
        try {
            FileChannel channel =
                    FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
            if (part.getFileSystem() == FileSystems.getDefault()) {
                part.toFile().deleteOnExit(); // a signal may end this process
            }
            return new Landing(target, part, replace, channel);
        } catch (AccessDeniedException e) {
            throw new AccessDeniedException(wanted.toString());
        } catch (FileSystemException e) { // of a name that nobody knows
            throw new FileSystemException(wanted.toString(), null, e.getReason());
        }
    }

    /** {@return whether it is; a name that cannot be is refused now, and not when all is copied} */
    private static boolean isThere(Path path) throws IOException {
        try {
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    FileChannel channel() {
        return channel;
    }

    /** {@return whether nothing of it is left when it does not become whole} */
    boolean leavesNothing() {
        return part != null;
    }

    /** It is whole: gives it its name. */
    void complete() throws IOException {
        channel.close();
        if (part != null) {
            if (replaces) {
                keepPermissions(part);
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.move(part, target);
            }
        }
        whole = true;
    }

    private void keepPermissions(Path file) throws IOException {
        if (Files.exists(target)
                && file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(target));
        }
    }

    @Override
    public void close() throws IOException {
        if (whole) {
            return;
        }
        try {
            channel.close();
        } finally {
            if (part != null) {
                Files.deleteIfExists(part);
            }
        }
    }
}
