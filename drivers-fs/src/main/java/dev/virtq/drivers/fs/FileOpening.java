package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.channel.OpenHandle;
import dev.virtq.drivers.fs.channel.OpenModes;
import dev.virtq.drivers.fs.channel.ShareAsynchronousChannel;
import dev.virtq.drivers.fs.channel.ShareFileChannel;
import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.drivers.fs.node.NewFiles;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.Place;
import dev.virtq.drivers.fs.node.RefusedException;
import dev.virtq.drivers.fs.node.Share;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;

/** Opens files. */
final class FileOpening {
    private final Location where;
    private final OpenModes modes;
    private final int mode;

    /**
     * For a file.
     *
     * @param mode the permissions that it gets when it is made
     */
    FileOpening(Location where, OpenModes modes, int mode) {
        this.where = where;
        this.modes = modes;
        this.mode = mode & ~where.system().options().umask();
    }

    FileChannel channel() throws IOException {
        VirtioFileSystem system = where.system();
        Object key = new Object();
        ShareFileChannel channel =
                new ShareFileChannel(handle(key), system.locks(), system.window());
        system.resources().add(key, channel);
        return channel;
    }

    AsynchronousFileChannel asynchronous(Executor executor) throws IOException {
        VirtioFileSystem system = where.system();
        Object key = new Object();
        ShareAsynchronousChannel channel =
                new ShareAsynchronousChannel(handle(key), system.locks(), executor);
        system.resources().add(key, channel);
        return channel;
    }

    /**
     * Opens it.
     *
     * @param key of what is closed with the file system
     */
    private OpenHandle handle(Object key) throws IOException {
        Location.PlaceAction<OpenHandle> open = (share, place) -> open(share, place, key);
        return modes.isNew() ? where.atNew(open) : where.at(modes.follows(), open);
    }

    private OpenHandle open(Share share, Place place, Object key) throws IOException {
        OpenHandle handle = openOrMake(share, place, key);
        if (modes.deletes() && place.name() != null) {
            removeName(share, place.directory(), place.name());
        }
        return handle;
    }

    /** As the default file system does it: at once, for the content stays while it is open. */
    private static void removeName(Share share, Node directory, String name) {
        try {
            share.remove(directory, name, false);
        } catch (IOException e) {
            System.getLogger(FileOpening.class.getName())
                    .log(System.Logger.Level.DEBUG, "DELETE_ON_CLOSE failed", e);
        }
    }

    private OpenHandle openOrMake(Share share, Place place, Object key) throws IOException {
        Node node = place.node();
        if (node == null && modes.creates()) {
            int flags = modes.flags();
            flags |= modes.isNew() ? OpenFlags.EXCLUSIVE : 0;
            flags |= modes.truncates() ? OpenFlags.TRUNCATE : 0;
            NewFiles.Created made =
                    share.newFiles().create(place.directory(), place.free(), flags, mode);
            return handle(share, made.node(), made.file(), false, key);
        }
        node = place.existing();
        if (modes.isNew()) {
            throw new RefusedException(Errno.EEXIST);
        }
        int type = share.type(node);
        return switch (type) {
            case FuseAttributes.DIRECTORY -> directory(share, node, key);
            case FuseAttributes.REGULAR -> file(share, node, key);
            case FuseAttributes.SYMBOLIC_LINK ->
                    throw new IOException(
                            "Too many levels of symbolic links (NOFOLLOW_LINKS specified)");
            default -> // to open it would open the one of the server
                    throw new RefusedException(Errno.ENXIO);
        };
    }

    private OpenHandle directory(Share share, Node node, Object key) throws IOException {
        if (modes.writes()) {
            throw new RefusedException(Errno.EISDIR);
        }
        OpenFile file = share.directories().open(node.id());
        return handle(share, node.hold(), file, true, key);
    }

    private OpenHandle file(Share share, Node node, Object key) throws IOException {
        boolean atomic = share.client().session().has(FuseFlag.ATOMIC_O_TRUNC);
        int flags = modes.flags();
        if (modes.truncates() && atomic) {
            flags |= OpenFlags.TRUNCATE;
        }
        OpenFile file = share.client().files().open(node.id(), flags);
        OpenHandle handle = handle(share, node.hold(), file, false, key);
        if (modes.truncates()) {
            node.changed();
            if (!atomic) {
                empty(share, node, file, handle);
            }
        }
        return handle;
    }

    private static void empty(Share share, Node node, OpenFile file, OpenHandle handle)
            throws IOException {
        boolean done = false;
        try {
            share.change(node, AttributeChange.NONE.size(0).of(file));
            done = true;
        } finally {
            if (!done) {
                close(handle);
            }
        }
    }

    private static void close(OpenHandle handle) {
        try {
            handle.close();
        } catch (IOException e) {
            System.getLogger(FileOpening.class.getName())
                    .log(System.Logger.Level.DEBUG, "a file could not be closed", e);
        }
    }

    private OpenHandle handle(
            Share share, Node node, OpenFile file, boolean directory, Object key) {
        OpenResources resources = where.system().resources();
        return new OpenHandle(share, node, file, modes, directory, () -> resources.remove(key));
    }
}
