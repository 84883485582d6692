package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.fuse.FileSystemSpace;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.jspecify.annotations.Nullable;

/** What the share is stored in: the server's file system. */
final class ShareFileStore extends FileStore {
    private final VirtioFileSystem system;

    ShareFileStore(VirtioFileSystem system) {
        this.system = system;
    }

    private FileSystemSpace space() throws IOException {
        try {
            return system.share().space();
        } catch (IOException e) {
            throw ShareErrors.about(e, "/", null);
        }
    }

    @Override
    public String name() {
        return system.name();
    }

    @Override
    public String type() {
        return ShareUri.SCHEME;
    }

    @Override
    public boolean isReadOnly() {
        return system.isReadOnly();
    }

    private static long bytes(long blocks, long size) {
        long high = Math.multiplyHigh(blocks, size);
        return blocks < 0 || high != 0 || blocks * size < 0 ? Long.MAX_VALUE : blocks * size;
    }

    @Override
    public long getTotalSpace() throws IOException {
        FileSystemSpace space = space();
        return bytes(space.blocks(), space.blockSize());
    }

    @Override
    public long getUsableSpace() throws IOException {
        FileSystemSpace space = space();
        return bytes(space.available(), space.blockSize());
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
        FileSystemSpace space = space();
        return bytes(space.free(), space.blockSize());
    }

    @Override
    public long getBlockSize() throws IOException {
        return space().blockSize();
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        if (type == UserDefinedFileAttributeView.class) {
            return supportsFileAttributeView("user");
        }
        return type == BasicFileAttributeView.class
                || type == PosixFileAttributeView.class
                || type == FileOwnerAttributeView.class;
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        return name.equals("user") ? hasExtended() : VirtioFileSystem.VIEWS.contains(name);
    }

    /** A server says so only when it is asked for some. */
    private boolean hasExtended() {
        try {
            system.client().xattrs().list(FuseClient.ROOT);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
        return null;
    }

    @Override
    public Object getAttribute(String attribute) throws IOException {
        return switch (attribute) {
            case "totalSpace" -> getTotalSpace();
            case "usableSpace" -> getUsableSpace();
            case "unallocatedSpace" -> getUnallocatedSpace();
            default ->
                    throw new UnsupportedOperationException(
                            "'%s' not recognized".formatted(attribute));
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ShareFileStore store && store.system == system;
    }

    @Override
    public int hashCode() {
        return system.hashCode();
    }

    @Override
    public String toString() {
        return "%s (%s)".formatted(name(), type());
    }
}
