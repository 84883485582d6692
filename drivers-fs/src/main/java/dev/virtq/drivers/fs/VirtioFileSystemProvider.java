package dev.virtq.drivers.fs;

import dev.virtq.device.Transport;
import dev.virtq.drivers.fs.attribute.Permissions;
import dev.virtq.drivers.fs.attribute.PosixView;
import dev.virtq.drivers.fs.attribute.ShareAttributes;
import dev.virtq.drivers.fs.channel.OpenModes;
import dev.virtq.drivers.fs.node.Place;
import dev.virtq.drivers.fs.node.Share;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The provider of file systems of the scheme {@code virtiofs}. {@code virtiofs://NAME/path} is a
 * path of the share that is mounted as NAME; {@link java.nio.file.FileSystems#newFileSystem(URI,
 * Map)} mounts one with {@link #TRANSPORT} and, if wanted, {@link #OPTIONS} in its map.
 */
public final class VirtioFileSystemProvider extends FileSystemProvider {
    /** The key of the {@link Transport} that leads to the device. */
    public static final String TRANSPORT = "transport";

    /** The key of {@link MountOptions}. */
    public static final String OPTIONS = "options";

    private static final int NEW_FILE = 0x1b6; // 0666
    private static final int NEW_DIRECTORY = 0x1ff; // 0777

    /** For the service loader; {@link VirtioFileSystem#mount} needs none. */
    public VirtioFileSystemProvider() {}

    /** The one that all file systems have: copying compares providers. */
    private static final class Installed {
        private static final VirtioFileSystemProvider ONE =
                FileSystemProvider.installedProviders().stream()
                        .filter(VirtioFileSystemProvider.class::isInstance)
                        .map(VirtioFileSystemProvider.class::cast)
                        .findFirst()
                        .orElseGet(VirtioFileSystemProvider::new);
    }

    static VirtioFileSystemProvider installed() {
        return Installed.ONE;
    }

    private static Location at(Path path) {
        return VirtioPath.of(path).location();
    }

    @Override
    public String getScheme() {
        return ShareUri.SCHEME;
    }

    @Override
    public VirtioFileSystem newFileSystem(URI uri, Map<String, ?> env) throws IOException {
        String name = ShareUri.name(uri);
        Mounts.checkFree(name);
        if (!(env.get(TRANSPORT) instanceof Transport transport)) {
            throw new IllegalArgumentException(
                    "no transport for %s (expected: a %s under the key '%s')"
                            .formatted(uri, Transport.class.getName(), TRANSPORT));
        }
        MountOptions options =
                env.get(OPTIONS) instanceof MountOptions given ? given : MountOptions.DEFAULT;
        return VirtioFileSystem.mount(transport, options.withName(name));
    }

    @Override
    public VirtioFileSystem getFileSystem(URI uri) {
        return Mounts.find(ShareUri.name(uri));
    }

    @Override
    public VirtioPath getPath(URI uri) {
        return getFileSystem(uri).getPath(ShareUri.path(uri));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs)
            throws IOException {
        return newFileChannel(path, options, attrs);
    }

    @Override
    public FileChannel newFileChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs)
            throws IOException {
        Location where = at(path);
        OpenModes modes = OpenModes.of(options);
        return new FileOpening(where, modes, Permissions.initial(NEW_FILE, attrs)).channel();
    }

    /** {@inheritDoc} Without an executor, each request has a virtual thread. */
    @Override
    public AsynchronousFileChannel newAsynchronousFileChannel(
            Path path,
            Set<? extends OpenOption> options,
            @Nullable ExecutorService executor,
            FileAttribute<?>... attrs)
            throws IOException {
        Location where = at(path);
        OpenModes modes = OpenModes.of(options);
        if (modes.appends()) {
            throw new UnsupportedOperationException("APPEND not allowed");
        }
        Executor threads =
                executor != null
                        ? executor
                        : task -> Thread.ofVirtual().name("virtq-fs-asynchronous").start(task);
        return new FileOpening(where, modes, Permissions.initial(NEW_FILE, attrs))
                .asynchronous(threads);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            Path dir, DirectoryStream.Filter<? super Path> filter) throws IOException {
        Objects.requireNonNull(filter);
        return ShareDirectoryStream.open(at(dir), VirtioPath.of(dir), true, filter);
    }

    @Override
    public void createDirectory(Path dir, FileAttribute<?>... attrs) throws IOException {
        Location where = at(dir);
        int mode = Permissions.initial(NEW_DIRECTORY, attrs) & ~where.system().options().umask();
        where.at(
                false,
                (share, place) -> {
                    share.newFiles().directory(place, mode);
                    return this;
                });
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attrs)
            throws IOException {
        Links.symbolic(VirtioPath.of(link), VirtioPath.of(target), attrs);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        Links.hard(VirtioPath.of(link), VirtioPath.of(existing));
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
        return Links.read(VirtioPath.of(link));
    }

    @Override
    public void delete(Path path) throws IOException {
        at(path).at(
                        false,
                        (share, place) -> {
                            boolean directory = share.isDirectory(place.existing());
                            Removal.remove(share, place, directory, path.toString());
                            return this;
                        });
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        VirtioPath from = VirtioPath.of(source);
        VirtioPath to = VirtioPath.of(target);
        if (from.getFileSystem() == to.getFileSystem()) {
            CopyMove.copy(from.location(), to.location(), options);
        } else {
            BetweenShares.copy(from, to, options);
        }
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        VirtioPath from = VirtioPath.of(source);
        VirtioPath to = VirtioPath.of(target);
        if (from.getFileSystem() == to.getFileSystem()) {
            CopyMove.move(from.location(), to.location(), options);
        } else {
            BetweenShares.move(from, to, options);
        }
    }

    @Override
    public boolean isSameFile(Path path, Path path2) throws IOException {
        VirtioPath first = VirtioPath.of(path);
        if (first.equals(path2)) {
            return true;
        }
        if (!(path2 instanceof VirtioPath second)
                || second.getFileSystem() != first.getFileSystem()) {
            return false;
        }
        return first.location()
                .at(
                        true,
                        (share, one) -> {
                            one.existing();
                            return second.location()
                                    .at(true, (same, two) -> isSame(share, one, two));
                        });
    }

    private static boolean isSame(Share share, Place one, Place two) throws IOException {
        return CopyMove.isSame(share, one.existing(), two.existing());
    }

    @Override
    public boolean isHidden(Path path) {
        VirtioPath name = VirtioPath.of(path).getFileName();
        return name != null && name.toString().startsWith(".");
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        VirtioPath existing = VirtioPath.of(path);
        checkExists(existing);
        return new ShareFileStore(existing.getFileSystem());
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        AccessCheck.check(VirtioPath.of(path), modes);
    }

    void checkExists(VirtioPath path, LinkOption... options) throws IOException {
        path.location().at(Location.follows(options), (share, place) -> place.existing().id());
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return AttributeViews.view(at(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
            Path path, Class<A> type, LinkOption... options) throws IOException {
        if (type != BasicFileAttributes.class && type != PosixFileAttributes.class) {
            throw new UnsupportedOperationException(
                    "attributes of type %s".formatted(Objects.requireNonNull(type).getName()));
        }
        Location where = at(path);
        ShareAttributes attributes =
                new PosixView(
                                where.subject(Location.follows(options)),
                                where.system().number(),
                                "posix")
                        .readAttributes();
        return type.cast(attributes);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
            throws IOException {
        return AttributeViews.named(at(path), options).read(attributes);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
            throws IOException {
        AttributeViews.named(at(path), options).set(attribute, value);
    }
}
