package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** An open regular file of the host. It is all data: the JDK does not tell of holes. */
final class HostFile implements OpenBytes {
    private static final int PIECE = 1 << 16;

    private final FileChannel channel;
    private final boolean writable;
    private final Consumer<HostFile> onClose;

    private HostFile(FileChannel channel, boolean writable, Consumer<HostFile> onClose) {
        this.channel = channel;
        this.writable = writable;
        this.onClose = onClose;
    }

    /** Opens a file that is not a link; for reading, too, if that is allowed. */
    static HostFile open(Path path, boolean write, Consumer<HostFile> onClose) throws FileError {
        try {
            if (!write) {
                return open(path, false, onClose, StandardOpenOption.READ);
            }
            try {
                return open(path, true, onClose, StandardOpenOption.READ, StandardOpenOption.WRITE);
            } catch (AccessDeniedException e) {
                return open(path, true, onClose, StandardOpenOption.WRITE);
            }
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    private static HostFile open(
            Path path, boolean write, Consumer<HostFile> onClose, StandardOpenOption... options)
            throws IOException {
        Set<OpenOption> all = new HashSet<>(Set.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS);
        return new HostFile(FileChannel.open(path, all), write, onClose);
    }

    boolean isWritable() {
        return writable;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws FileError {
        new SystemBytes(channel).read(offset, target);
    }

    @Override
    public int write(long offset, ByteBuffer source) throws FileError {
        int done = 0;
        try {
            while (source.hasRemaining()) {
                done += channel.write(source, offset + done);
            }
            return done;
        } catch (IOException e) {
            if (done > 0) {
                return done;
            }
            throw FileError.of(e);
        }
    }

    @Override
    public long size() throws FileError {
        try {
            return channel.size();
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    @Override
    public void truncate(long size) throws FileError {
        if (size < 0) {
            throw Errno.EINVAL.error();
        }
        try {
            if (size > channel.size()) {
                channel.write(ByteBuffer.allocate(1), size - 1); // it grows no other way
            } else {
                channel.truncate(size);
            }
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    @Override
    public long seek(long offset, boolean data) throws FileError {
        long size = size();
        if (offset < 0 || offset >= size) {
            throw Errno.ENXIO.error();
        }
        return data ? offset : size;
    }

    @Override
    public void allocate(long offset, long length, boolean keepSize) throws FileError {
        long size = size();
        if (offset + length > size) {
            if (keepSize) {
                throw Errno.EOPNOTSUPP.error();
            }
            truncate(offset + length); // nothing else makes it larger without writing all of it
        }
    }

    @Override
    public void punch(long offset, long length) throws FileError {
        fill(offset, Math.min(offset + length, size()));
    }

    private void fill(long from, long to) throws FileError {
        ByteBuffer zeros = ByteBuffer.allocate(PIECE);
        for (long at = from; at < to; ) {
            zeros.clear().limit((int) Math.min(PIECE, to - at));
            at += write(at, zeros);
        }
    }

    @Override
    public MemorySegment map(long offset, boolean write, Arena arena) throws FileError {
        if (offset >= size()) { // the JDK would make it larger
            throw Errno.ENXIO.error();
        }
        try {
            return new SystemBytes(channel).map(offset, write, arena);
        } catch (NonReadableChannelException e) { // nor can the system map such a file
            throw Errno.EACCES.error();
        }
    }

    @Override
    public void sync(boolean metadata) throws FileError {
        try {
            channel.force(metadata);
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    @Override
    public void close() {
        onClose.accept(this);
        try {
            channel.close();
        } catch (IOException e) {
            // What was written was written; the JDK has let go of the descriptor.
            System.getLogger(HostFile.class.getName())
                    .log(System.Logger.Level.WARNING, "closing a file of the host failed", e);
        }
    }
}
