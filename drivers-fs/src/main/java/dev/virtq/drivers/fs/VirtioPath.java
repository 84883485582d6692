package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.directory.PollingWatchService;
import dev.virtq.drivers.fs.path.LexicalPath;
import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A path in a share: names with slashes between them, as on Unix. Immutable.
 *
 * <p>A relative path begins at the root. Names are bytes to the server; a byte that is no part of a
 * character of UTF-8 is one of U+DC80 to U+DCFF here.
 */
public final class VirtioPath implements Path {
    private final VirtioFileSystem system;
    private final LexicalPath path;

    VirtioPath(VirtioFileSystem system, LexicalPath path) {
        this.system = system;
        this.path = path;
    }

    /** {@return this path, if it is one of a share} */
    static VirtioPath of(Path path) {
        if (path == null) {
            throw new NullPointerException("a path is null");
        }
        if (path instanceof VirtioPath ours) {
            return ours;
        }
        throw new ProviderMismatchException(
                "%s is a path of %s (expected: one of a virtio-fs share)"
                        .formatted(path, path.getFileSystem()));
    }

    private LexicalPath lexical(Path other) {
        VirtioPath ours = of(other);
        if (ours.system != system) {
            throw new ProviderMismatchException(
                    "%s is in another share than %s".formatted(other, this));
        }
        return ours.path;
    }

    private boolean isOfSameSystem(Path other) {
        return other instanceof VirtioPath ours && ours.system == system;
    }

    private VirtioPath with(LexicalPath other) {
        return new VirtioPath(system, other);
    }

    private @Nullable VirtioPath withNullable(@Nullable LexicalPath other) {
        return other == null ? null : with(other);
    }

    LexicalPath lexical() {
        return path;
    }

    /** {@return where it leads, from the root} */
    Location location() {
        return new Location(system, system.share().root(), path, toString());
    }

    @Override
    public VirtioFileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return path.isAbsolute();
    }

    @Override
    public @Nullable VirtioPath getRoot() {
        return path.isAbsolute() ? with(LexicalPath.ROOT) : null;
    }

    @Override
    public @Nullable VirtioPath getFileName() {
        return withNullable(path.fileName());
    }

    @Override
    public @Nullable VirtioPath getParent() {
        return withNullable(path.parent());
    }

    @Override
    public int getNameCount() {
        return path.names().size();
    }

    @Override
    public VirtioPath getName(int index) {
        return with(path.subpath(index, index + 1));
    }

    @Override
    public VirtioPath subpath(int beginIndex, int endIndex) {
        return with(path.subpath(beginIndex, endIndex));
    }

    @Override
    public boolean startsWith(Path other) {
        return isOfSameSystem(other) && path.startsWith(lexical(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return isOfSameSystem(other) && path.endsWith(lexical(other));
    }

    @Override
    public VirtioPath normalize() {
        return with(path.normalize());
    }

    @Override
    public VirtioPath resolve(Path other) {
        return with(path.resolve(lexical(other)));
    }

    @Override
    public VirtioPath resolve(String other) {
        return with(path.resolve(LexicalPath.parse(other)));
    }

    @Override
    public VirtioPath relativize(Path other) {
        return with(path.relativize(lexical(other)));
    }

    @Override
    public URI toUri() {
        return ShareUri.of(system.name(), toAbsolutePath().toString());
    }

    @Override
    public VirtioPath toAbsolutePath() {
        return path.isAbsolute() ? this : with(LexicalPath.ROOT.resolve(path));
    }

    @Override
    public VirtioPath toRealPath(LinkOption... options) throws IOException {
        boolean follow = Location.follows(options);
        if (follow) {
            return location()
                    .at(
                            true,
                            (share, place) -> {
                                place.existing();
                                return with(place.realPath());
                            });
        }
        return with(RealPaths.withoutFollowing(toAbsolutePath()));
    }

    @Override
    public WatchKey register(
            WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        if (watcher instanceof PollingWatchService service) {
            return Watching.register(this, service, events, modifiers);
        }
        if (watcher == null) {
            throw new NullPointerException("the watch service is null");
        }
        throw new ProviderMismatchException("the watch service is not one of a virtio-fs share");
    }

    @Override
    public int compareTo(Path other) {
        return path.compareTo(of(other).path);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VirtioPath ours && ours.system == system && ours.path.equals(path);
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }

    /**
     * {@return the text of the path}
     *
     * <p>{@link VirtioFileSystem#getPath} makes the same path of it.
     */
    @Override
    public String toString() {
        return path.toString();
    }

    static LexicalPath join(String first, String... more) {
        StringBuilder text = new StringBuilder(first);
        Arrays.stream(more)
                .filter(part -> !part.isEmpty())
                .forEach(part -> text.append(text.isEmpty() ? "" : "/").append(part));
        return LexicalPath.parse(text.toString());
    }
}
