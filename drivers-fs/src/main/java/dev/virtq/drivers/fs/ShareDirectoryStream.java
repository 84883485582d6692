package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.attribute.Permissions;
import dev.virtq.drivers.fs.channel.OpenModes;
import dev.virtq.drivers.fs.directory.OpenDirectory;
import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.path.LexicalPath;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The names in a directory. What is asked of it by a relative path is asked of the directory that
 * was opened, wherever it is by now; {@code ..} does not lead out of it.
 */
final class ShareDirectoryStream implements SecureDirectoryStream<Path> {
    private static final int NEW_FILE = 0x1b6; // 0666

    private final VirtioPath path;
    private final OpenDirectory directory;
    private final DirectoryStream.Filter<? super Path> filter;
    private final Object key;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean iterated;
    private volatile boolean closing;
    private volatile boolean closed;

    private ShareDirectoryStream(
            VirtioPath path,
            OpenDirectory directory,
            DirectoryStream.Filter<? super Path> filter,
            Object key) {
        this.path = path;
        this.directory = directory;
        this.filter = filter;
        this.key = key;
    }

    /**
     * Opens one.
     *
     * @param path what its names are resolved against
     */
    static ShareDirectoryStream open(
            Location where,
            VirtioPath path,
            boolean follow,
            DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        return where.at(
                follow,
                Naming.ofDirectory(where.shown()),
                (share, place) -> {
                    OpenDirectory names = OpenDirectory.open(share, place.existing());
                    Object key = new Object();
                    ShareDirectoryStream stream =
                            new ShareDirectoryStream(path, names, filter, key);
                    where.system().resources().add(key, stream);
                    return stream;
                });
    }

    @Override
    public Iterator<Path> iterator() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("Directory stream is closed");
            }
            if (iterated) {
                throw new IllegalStateException("Iterator already obtained");
            }
            iterated = true;
            return new Names();
        } finally {
            lock.unlock();
        }
    }

    private final class Names implements Iterator<Path> {
        private @Nullable Path next;

        @Override
        public boolean hasNext() {
            lock.lock();
            try {
                while (next == null && !closing) {
                    String name = directory.next();
                    if (name == null) {
                        break;
                    }
                    Path found = path.resolve(name);
                    next = filter.accept(found) ? found : null;
                }
                return next != null;
            } catch (IOException e) {
                throw new DirectoryIteratorException(ShareErrors.about(e, path.toString(), null));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Path next() {
            lock.lock();
            try {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException("the directory has no more names");
                }
                Path found = next;
                next = null;
                return found;
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public void close() throws IOException {
        closing = true; // whoever looks for the next name, in a directory without an end, stops
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            path.getFileSystem().resources().remove(key);
            directory.close();
        } finally {
            lock.unlock();
        }
    }

    private Location location(Path relative) {
        if (closed) {
            throw new ClosedDirectoryStreamException();
        }
        LexicalPath lexical = VirtioPath.of(relative).lexical();
        return new Location(path.getFileSystem(), directory.node(), lexical, relative.toString());
    }

    /** As long as something is asked, the directory stays open. */
    private <T> T asked(Request<T> request) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new ClosedDirectoryStreamException();
            }
            return request.ask();
        } finally {
            lock.unlock();
        }
    }

    @FunctionalInterface
    private interface Request<T> {
        T ask() throws IOException;
    }

    @Override
    public SecureDirectoryStream<Path> newDirectoryStream(Path relative, LinkOption... options)
            throws IOException {
        return asked(() ->
                open(
                        location(relative),
                        path.resolve(relative),
                        Location.follows(options),
                        name -> true));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path relative, Set<? extends OpenOption> options, FileAttribute<?>... attrs)
            throws IOException {
        OpenModes modes = OpenModes.of(options);
        int mode = Permissions.initial(NEW_FILE, attrs);
        return asked(() -> new FileOpening(location(relative), modes, mode).channel());
    }

    @Override
    public void deleteFile(Path relative) throws IOException {
        remove(relative, false);
    }

    @Override
    public void deleteDirectory(Path relative) throws IOException {
        remove(relative, true);
    }

    private void remove(Path relative, boolean isDirectory) throws IOException {
        asked(() ->
                location(relative)
                        .at(
                                false,
                                (share, place) -> {
                                    place.existing();
                                    Removal.remove(share, place, isDirectory, relative.toString());
                                    return this;
                                }));
    }

    @Override
    public void move(Path source, SecureDirectoryStream<Path> targetDirectory, Path target)
            throws IOException {
        if (!(targetDirectory instanceof ShareDirectoryStream other)
                || other.path.getFileSystem() != path.getFileSystem()) {
            throw new ProviderMismatchException("the target is a directory of another share");
        }
        asked(() ->
                location(source)
                        .at(
                                false,
                                other.location(target),
                                Naming.Pair.all(Naming.of(source.toString(), target.toString())),
                                (share, from, to) -> {
                                    share.rename(from, to);
                                    return this;
                                }));
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(Class<V> type) {
        return AttributeViews.view(
                location(new VirtioPath(path.getFileSystem(), LexicalPath.EMPTY)), type);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path relative, Class<V> type, LinkOption... options) {
        return AttributeViews.view(location(relative), type, options);
    }
}
