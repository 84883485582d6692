package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.directory.OpenDirectory;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.Place;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Copies and moves within a share. */
final class CopyMove {
    private static final String EXDEV_TEXT = "Invalid cross-device link";

    private final Location source;
    private final Location target;
    private final Set<CopyOption> options;

    private CopyMove(Location source, Location target, Set<CopyOption> options) {
        this.source = source;
        this.target = target;
        this.options = options;
    }

    static void copy(Location source, Location target, CopyOption... options) throws IOException {
        Set<CopyOption> set =
                checked(
                        options,
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.COPY_ATTRIBUTES,
                        LinkOption.NOFOLLOW_LINKS);
        new CopyMove(source, target, set).copy();
    }

    static void move(Location source, Location target, CopyOption... options) throws IOException {
        Set<CopyOption> set =
                checked(
                        options,
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.ATOMIC_MOVE,
                        LinkOption.NOFOLLOW_LINKS);
        new CopyMove(source, target, set).move();
    }

    private static Set<CopyOption> checked(CopyOption[] options, CopyOption... known) {
        Set<CopyOption> set = new HashSet<>();
        for (CopyOption option : options) {
            if (!List.of(known).contains(Objects.requireNonNull(option))) {
                throw new UnsupportedOperationException(
                        "%s is not supported here".formatted(option));
            }
            set.add(option);
        }
        return set;
    }

    private boolean has(CopyOption option) {
        return options.contains(option);
    }

    private void copy() throws IOException {
        source.at(
                !has(LinkOption.NOFOLLOW_LINKS),
                target,
                new Naming.Pair(
                        Naming.ofSeen(source.shown()), Naming.of(target.shown()), both(), true),
                (share, from, to) -> {
                    if (!isSame(share, from.existing(), to.node())) {
                        new Copying(source.system())
                                .copy(
                                        from.existing(),
                                        freed(share, to),
                                        has(StandardCopyOption.COPY_ATTRIBUTES));
                    }
                    return this;
                });
    }

    private void move() throws IOException {
        source.at(
                false,
                target,
                has(StandardCopyOption.ATOMIC_MOVE)
                        ? Naming.Pair.all(both())
                        : new Naming.Pair(Naming.ofSeen(source.shown()), both(), both(), true),
                (share, from, to) -> {
                    if (has(StandardCopyOption.ATOMIC_MOVE)) {
                        renameAtomically(share, from, to);
                    } else if (!isSame(share, from.existing(), to.node())) {
                        moveTo(share, from, to);
                    }
                    return this;
                });
    }

    private Naming both() {
        return Naming.of(source.shown(), target.shown());
    }

    private void renameAtomically(Share share, Place from, Place to) throws IOException {
        try {
            share.rename(from, to);
        } catch (IOException e) {
            if (ShareErrors.is(e, Errno.EXDEV)) {
                AtomicMoveNotSupportedException refused =
                        new AtomicMoveNotSupportedException(
                                source.shown(), target.shown(), EXDEV_TEXT);
                refused.initCause(e);
                throw refused;
            }
            throw e;
        }
    }

    private void moveTo(Share share, Place from, Place to) throws IOException {
        Place free = freed(share, to);
        try {
            share.rename(from, free);
        } catch (IOException e) {
            if (!ShareErrors.is(e, Errno.EXDEV)) {
                throw e;
            }
            copyAway(share, from, free);
        }
    }

    /** The share may have other file systems of the server's within. */
    private void copyAway(Share share, Place from, Place to) throws IOException {
        Node node = from.existing();
        boolean directory = share.isDirectory(node);
        if (directory && !isEmpty(share, node)) {
            throw new DirectoryNotEmptyException(source.shown());
        }
        new Copying(source.system()).copy(node, to, true);
        Removal.remove(share, from, directory, source.shown());
    }

    private static boolean isEmpty(Share share, Node directory) throws IOException {
        try (OpenDirectory names = OpenDirectory.open(share, directory)) {
            return names.next() == null;
        }
    }

    /** Takes away what has the target's name, if that is allowed. */
    private Place freed(Share share, Place to) throws IOException {
        Node there = to.node();
        if (there == null) {
            return to;
        }
        if (!has(StandardCopyOption.REPLACE_EXISTING)) {
            throw new FileAlreadyExistsException(target.shown());
        }
        try {
            Removal.remove(share, to, share.isDirectory(there), target.shown());
        } catch (IOException e) {
            throw ShareErrors.about(e, target.shown(), null);
        }
        // Both are held by the place that was found.
        return new Place(to.directory(), to.directoryNames(), to.name(), null, Errno.EBUSY);
    }

    /** {@return whether two names are of one file} */
    static boolean isSame(Share share, Node one, @Nullable Node other) throws IOException {
        if (other == null) {
            return false;
        }
        if (one == other) {
            return true;
        }
        FuseAttributes first = share.attributes(one);
        FuseAttributes second = share.attributes(other);
        // A server may have a node for each name. Numbers alone may be of two file systems.
        return first.inode() == second.inode()
                && first.links() > 1
                && first.mode() == second.mode()
                && first.size() == second.size()
                && first.changed().equals(second.changed());
    }
}
