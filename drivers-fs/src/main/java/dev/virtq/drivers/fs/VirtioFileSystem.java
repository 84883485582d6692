package dev.virtq.drivers.fs;

import dev.virtq.device.Transport;
import dev.virtq.drivers.fs.attribute.Principal;
import dev.virtq.drivers.fs.channel.FileLocks;
import dev.virtq.drivers.fs.directory.PollingWatchService;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.path.Glob;
import dev.virtq.drivers.fs.path.LexicalPath;
import dev.virtq.drivers.fs.window.DaxWindow;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * A shared directory of a virtual machine's host, without a mount of the kernel.
 *
 * <pre>{@code
 * try (VirtioFileSystem share = VirtioFileSystem.mount(transport)) {
 *     Files.writeString(share.getPath("/hello.txt"), "hello");
 * }
 * }</pre>
 *
 * <p>Errors are those of {@link java.nio.file}. A device that is gone is an {@link IOException}
 * that says so, a file system that was closed a {@link ClosedFileSystemException}. Once closed, its
 * channels and directory streams are closed, too.
 *
 * <p>An absolute symbolic link begins at the root of the share. Users and groups are numbers of the
 * server's system. The time when a file was made is told by servers that speak FUSE 7.39 or newer,
 * if they know it; by the others it is that of the last change of its content.
 *
 * <p>Threads: any number, virtual ones too.
 */
public final class VirtioFileSystem extends FileSystem {
    static final Set<String> VIEWS = Set.of("basic", "owner", "posix", "unix", "user");

    private static final AtomicInteger NUMBERS = new AtomicInteger(1);

    private final VirtioFileSystemProvider provider;
    private final FuseClient client;
    private final MountOptions options;
    private final Share share;
    private final FileLocks locks = new FileLocks();
    private final DaxWindow window;
    private final OpenResources resources = new OpenResources();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final int number = NUMBERS.getAndIncrement();
    private final String name;

    private VirtioFileSystem(
            VirtioFileSystemProvider provider, FuseClient client, MountOptions options) {
        this.provider = provider;
        this.client = client;
        this.options = options;
        share = new Share(client, options.caching());
        window = new DaxWindow(client);
        String tag = client.connection().config().tag();
        String wanted = options.name().isEmpty() ? tag : options.name();
        name = Mounts.add(this, wanted.isEmpty() ? "share" : wanted);
    }

    /**
     * Mounts a share with the default options.
     *
     * @param transport how the device is reached; closed with the file system, and when this fails
     * @return the file system
     * @throws IOException when the server does not agree, or its answer makes no sense
     * @throws dev.virtq.device.VirtioException when the device cannot be brought up
     */
    public static VirtioFileSystem mount(Transport transport) throws IOException {
        return mount(transport, MountOptions.DEFAULT);
    }

    /**
     * Mounts a share.
     *
     * @param transport how the device is reached; closed with the file system, and when this fails
     * @param options how it is mounted; where its name is taken, a number follows it
     * @return the file system
     * @throws IOException when the server does not agree, or its answer makes no sense
     * @throws dev.virtq.device.VirtioException when the device cannot be brought up
     */
    public static VirtioFileSystem mount(Transport transport, MountOptions options)
            throws IOException {
        FuseClient client = FuseClient.open(transport, options.fuse());
        return new VirtioFileSystem(VirtioFileSystemProvider.installed(), client, options);
    }

    /** {@return what it is called in URIs} */
    public String name() {
        return name;
    }

    /** {@return who asks the server: for what {@code java.nio.file} has no words for} */
    public FuseClient client() {
        return client;
    }

    /**
     * Has all that was written to the share put on the server's disk, as {@link
     * java.nio.channels.FileChannel#force} has it for one file (FUSE_SYNCFS).
     *
     * @throws UnsupportedOperationException when the server cannot do that
     * @throws IOException when it fails, or the server cannot be asked
     */
    public void sync() throws IOException {
        checkOpen();
        try {
            client.nodes().sync();
        } catch (IOException e) {
            if (ShareErrors.isUnknown(e)) {
                throw new UnsupportedOperationException(
                        "the server of the share '%s' syncs no whole file systems; force each file"
                                .formatted(name),
                        e);
            }
            throw ShareErrors.about(e, toString(), null);
        }
    }

    MountOptions options() {
        return options;
    }

    /** {@return the number of the mount in this JVM} */
    int number() {
        return number;
    }

    FileLocks locks() {
        return locks;
    }

    DaxWindow window() {
        return window;
    }

    /**
     * {@return how large the device's DAX window is, in bytes, of which {@code FileChannel.map}
     * takes parts; empty when it has none}
     *
     * @throws IOException when what the device says of it makes no sense
     */
    public Optional<Long> windowSize() throws IOException {
        return window.size();
    }

    OpenResources resources() {
        return resources;
    }

    /**
     * {@return the files}
     *
     * @throws ClosedFileSystemException when it was closed
     */
    Share share() {
        checkOpen();
        return share;
    }

    /** Refuses a path of another share. */
    void checkSame(VirtioPath path) {
        if (path.getFileSystem() != this) {
            throw new ProviderMismatchException(
                    "%s is not in the share '%s'".formatted(path, name));
        }
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new ClosedFileSystemException();
        }
    }

    @Override
    public VirtioFileSystemProvider provider() {
        return provider;
    }

    /**
     * Closes all that is open in it, has the server forget everything, and closes the device.
     * Idempotent.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            resources.closeAll();
            share.forgetAll();
        } finally {
            window.close();
            Mounts.remove(name);
            client.close();
        }
    }

    @Override
    public boolean isOpen() {
        return !closed.get();
    }

    /**
     * {@return whether the server says that nothing can be changed} FUSE has no word for that: what
     * STATFS answers leaves out the flag, and INIT settles nothing of the kind. So the server is
     * asked each time whether the root may be written (ACCESS), and EROFS is the answer that means
     * it. Many servers check permissions alone, or do not know the request: then this is false, and
     * a change fails with {@code Read-only file system} when it is tried.
     */
    @Override
    public boolean isReadOnly() {
        try {
            client.nodes().checkAccess(FuseClient.ROOT, AccessCheck.WRITE);
            return false;
        } catch (IOException e) {
            return ShareErrors.is(e, Errno.EROFS);
        }
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(new VirtioPath(this, LexicalPath.ROOT));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of(new ShareFileStore(this));
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return VIEWS;
    }

    /** {@inheritDoc} A relative path begins at the root. */
    @Override
    public VirtioPath getPath(String first, String... more) {
        return new VirtioPath(this, VirtioPath.join(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        int colon = syntaxAndPattern.indexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException(
                    "'%s' (expected: glob:PATTERN or regex:PATTERN)".formatted(syntaxAndPattern));
        }
        String text = syntaxAndPattern.substring(colon + 1);
        String syntax = syntaxAndPattern.substring(0, colon);
        Pattern pattern;
        if (syntax.equalsIgnoreCase("glob")) {
            pattern = Glob.compile(text);
        } else if (syntax.equalsIgnoreCase("regex")) {
            pattern = Pattern.compile(text);
        } else {
            throw new UnsupportedOperationException("Syntax '%s' not recognized".formatted(syntax));
        }
        return path -> pattern.matcher(path.toString()).matches();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return new Principal.Lookup();
    }

    /** {@inheritDoc} It looks at each directory from time to time: servers tell nobody. */
    @Override
    public WatchService newWatchService() throws IOException {
        checkOpen();
        Object key = new Object();
        PollingWatchService service =
                new PollingWatchService(options.watchInterval(), () -> resources.remove(key));
        resources.add(key, service);
        return service;
    }

    @Override
    public String toString() {
        return ShareUri.of(name, "/").toString();
    }
}
