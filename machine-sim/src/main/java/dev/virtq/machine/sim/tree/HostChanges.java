package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Changes to files of the host, at paths that were checked. */
final class HostChanges {
    private HostChanges() {}

    /** Makes a file that was not there. */
    static void create(Path path, Creation made) throws FileError {
        switch (made.type()) {
            case Mode.DIRECTORY -> HostNode.run(() -> Files.createDirectory(path));
            case Mode.REGULAR -> HostNode.run(() -> Files.createFile(path));
            case Mode.LINK -> {
                if (made.target().length == 0) {
                    throw Errno.ENOENT.error();
                }
                Path target = HostNames.path(made.target());
                HostNode.run(() -> Files.createSymbolicLink(path, target));
            }
            case Mode.PIPE, Mode.SOCKET, Mode.CHARACTERS, Mode.BLOCKS -> throw Errno.EPERM.error();
            default -> throw Errno.EINVAL.error();
        }
    }

    /**
     * Gives a new file its owner and its permissions. Where this process may not give files away,
     * they stay its own.
     *
     * @param inherits whether it has the group of its directory
     */
    static void own(HostNode node, HostNode.Found found, Creation made, boolean inherits)
            throws FileError {
        Attributes now = found.attributes();
        try {
            chown(found, made.owner(), inherits ? null : made.group());
        } catch (FileSystemException e) {
            if (FileError.of(e).errno() != Errno.EPERM) {
                throw FileError.of(e);
            }
        } catch (IOException e) {
            throw FileError.of(e);
        }
        if (node.type() != Mode.LINK) {
            int mode = made.mode() | (now.mode() & Mode.SET_GROUP_ID);
            make(node, found, AttributeChange.ofMode(mode));
        }
    }

    /** Changes what is known of a file. */
    static void make(HostNode node, HostNode.Found found, AttributeChange change) throws FileError {
        Path path = found.path();
        Long size = change.size();
        if (size != null) {
            OpenBytes file = node.open(false, true);
            try {
                file.truncate(size);
            } finally {
                file.close();
            }
        }
        HostNode.run(() -> chown(found, change.owner(), change.group()));
        Integer mode = change.mode(); // after the owner: a new one takes bits away
        if (mode != null) {
            if (node.type() == Mode.LINK) {
                throw Errno.EOPNOTSUPP.error();
            }
            // Not by a descriptor, as NOFOLLOW_LINKS would have it: opening a pipe waits.
            HostNode.run(() -> Files.setAttribute(path, "unix:mode", mode & Mode.PERMISSIONS));
        }
        if (change.accessed() != null || change.modified() != null) {
            if (node.type() != Mode.REGULAR
                    && node.type() != Mode.DIRECTORY
                    && node.type() != Mode.LINK) {
                throw Errno.EOPNOTSUPP.error(); // the JDK would open it
            }
            BasicFileAttributeView view =
                    Files.getFileAttributeView(
                            path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            HostNode.run(
                    () -> view.setTimes(time(change.modified()), time(change.accessed()), null));
        }
    }

    /** As near as the JDK gets: before 1970, it has no parts of seconds. */
    private static @Nullable FileTime time(@Nullable Instant instant) {
        if (instant == null) {
            return null;
        }
        return FileTime.from(
                instant.isBefore(Instant.EPOCH)
                        ? instant.truncatedTo(ChronoUnit.SECONDS)
                        : instant);
    }

    private static void chown(
            HostNode.Found found, @Nullable Integer owner, @Nullable Integer group)
            throws IOException {
        if (owner != null && owner != found.attributes().owner()) {
            Files.setAttribute(found.path(), "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
        }
        if (group != null && group != found.attributes().group()) {
            Files.setAttribute(found.path(), "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Moves as rename(2) does: at once, over what is there. */
    static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Exchanges two names. The JDK has no call for that: it takes three steps, and a third name.
     */
    static void exchange(Path one, Path other) throws FileError {
        if (one.startsWith(other) || other.startsWith(one)) {
            throw Errno.EINVAL.error();
        }
        Path aside = one.resolveSibling(".exchange-" + Long.toHexString(System.nanoTime()));
        HostNode.run(() -> move(one, aside));
        try {
            move(other, one);
        } catch (IOException e) {
            HostNode.run(() -> move(aside, one));
            throw FileError.of(e);
        }
        HostNode.run(() -> move(aside, other));
    }
}
