package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.attribute.Subject;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.node.LastName;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.Place;
import dev.virtq.drivers.fs.node.RefusedException;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.path.LexicalPath;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.LinkOption;
import java.util.Objects;

/**
 * A path, and where it begins: at the root, or at a directory that somebody has open.
 *
 * @param system whose
 * @param base the directory where a relative path begins
 * @param path the path
 * @param shown what it is called in messages
 */
record Location(VirtioFileSystem system, Node base, LexicalPath path, String shown) {
    /** Something that is done where a path leads. */
    @FunctionalInterface
    interface PlaceAction<T> {
        T apply(Share share, Place place) throws IOException;
    }

    /** Something that is done with two. */
    @FunctionalInterface
    interface PairAction<T> {
        T apply(Share share, Place from, Place to) throws IOException;
    }

    static boolean follows(LinkOption... options) {
        for (LinkOption option : options) {
            Objects.requireNonNull(option);
        }
        return options.length == 0;
    }

    /**
     * Goes there, and does something.
     *
     * @param follow whether a link is followed at the end
     */
    <T> T at(boolean follow, PlaceAction<T> action) throws IOException {
        return at(follow, Naming.of(shown), action);
    }

    /** Goes there, and does something, with other errors. */
    <T> T at(boolean follow, Naming naming, PlaceAction<T> action) throws IOException {
        return at(end(follow), naming, action);
    }

    /** Goes to where something new shall be, without asking whether something is there. */
    <T> T atNew(PlaceAction<T> action) throws IOException {
        return at(LastName.TO_BE_MADE, Naming.of(shown), action);
    }

    private static LastName end(boolean follow) {
        return follow ? LastName.FOLLOWED : LastName.ITSELF;
    }

    private <T> T at(LastName end, Naming naming, PlaceAction<T> action) throws IOException {
        Share share = system.share();
        return onceMoreIfStale(anew -> {
            try (Place place = walk(share, end, anew, naming)) {
                return action.apply(share, place);
            } catch (IOException e) {
                throw named(e, naming);
            }
        });
    }

    /**
     * Goes to the places of this and of another location, and does something with them.
     *
     * @param followThis whether a link is followed at the end of this one
     */
    <T> T at(boolean followThis, Location other, Naming.Pair naming, PairAction<T> action)
            throws IOException {
        Share share = system.share();
        return onceMoreIfStale(anew -> {
            try (Place from = walk(share, end(followThis), anew, naming.first());
                    Place to = other.walkFrom(from, share, anew, naming)) {
                return action.apply(share, from, to);
            } catch (IOException e) {
                throw named(e, naming.both());
            }
        });
    }

    /** Something that is done with names as they are remembered, or anew. */
    @FunctionalInterface
    private interface Attempt<T> {
        T run(boolean anew) throws IOException;
    }

    /** What is remembered may have gone since: then the server is asked for each name, once. */
    private static <T> T onceMoreIfStale(Attempt<T> attempt) throws IOException {
        try {
            return attempt.run(false);
        } catch (IOException e) {
            if (!ShareErrors.isStale(e)) {
                throw e;
            }
            return attempt.run(true);
        }
    }

    private Place walkFrom(Place first, Share share, boolean anew, Naming.Pair naming)
            throws IOException {
        if (naming.looks() && first.node() == null) {
            throw naming.first().about(new RefusedException(Errno.ENOENT));
        }
        return walk(share, LastName.ITSELF, anew, naming.second());
    }

    private Place walk(Share share, LastName end, boolean anew, Naming naming) throws IOException {
        try {
            return share.walk(base, path, end, anew);
        } catch (IOException e) {
            throw named(e, naming);
        }
    }

    private IOException named(IOException e, Naming naming) {
        if (!system.isOpen()) {
            ClosedFileSystemException closed = new ClosedFileSystemException();
            closed.initCause(e);
            throw closed;
        }
        return naming.about(e);
    }

    /** {@return the file there, for views of its attributes} */
    Subject subject(boolean follow) {
        return new Subject() {
            @Override
            public <T> T with(Action<T> action) throws IOException {
                return at(follow, (share, place) -> action.apply(share, place.existing()));
            }

            @Override
            public FuseAttributes attributes() throws IOException {
                return at(
                        follow,
                        Naming.ofSeen(shown),
                        (share, place) -> share.attributesWithBirth(place.existing()));
            }

            @Override
            public String toString() {
                return shown;
            }
        };
    }
}
