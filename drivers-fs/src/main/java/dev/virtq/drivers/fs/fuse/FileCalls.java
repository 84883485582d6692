package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Requests about the content of files. */
public final class FileCalls {
    private static final int OPEN_KILL_SUIDGID = 1;
    private static final int WRITE_KILL_SUIDGID = 1 << 2;
    private static final int TMPFILE_SINCE = 37;
    private static final int COPY_64_SINCE = 45;

    /** A count of 32 bits that a server may take for a signed one. */
    private static final long MOST_COPIED = Integer.MAX_VALUE;

    /** What Linux calls a file that has no name. */
    private static final byte[] NO_NAME = {'/'};

    private final FuseConnection connection;
    private final FuseSession session;
    private final CreateExtensions extensions;
    private final boolean killsPrivileges;
    private volatile boolean copies64;

    FileCalls(FuseConnection connection, FuseSession session, CreateExtensions extensions) {
        this.connection = connection;
        this.session = session;
        this.extensions = extensions;
        killsPrivileges = killsPrivileges(connection, session);
        copies64 = session.minor() >= COPY_64_SINCE;
    }

    /**
     * {@return whether the server shall take away, with each change of content, what would let
     * others act as the owner} As Linux has it for those that lack CAP_FSETID, which root has.
     */
    static boolean killsPrivileges(FuseConnection connection, FuseSession session) {
        return session.has(FuseFlag.HANDLE_KILLPRIV_V2) && connection.options().user() != 0;
    }

    private int openFlags(int flags) {
        return killsPrivileges && (flags & OpenFlags.TRUNCATE) != 0 ? OPEN_KILL_SUIDGID : 0;
    }

    /**
     * Opens a file.
     *
     * @param node the file
     * @param flags of {@link OpenFlags}, none that makes it
     * @return the open file, to be released
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public OpenFile open(long node, int flags) throws IOException {
        return OpenFile.read(
                connection
                        .call(FuseOpcode.OPEN, node)
                        .u32(flags)
                        .u32(openFlags(flags))
                        .answer(OpenFile.BYTES));
    }

    /**
     * Makes a file and opens it. Counts as one lookup of its node.
     *
     * @param parent the directory
     * @param name its name there
     * @param flags of {@link OpenFlags}
     * @param mode its permissions
     * @return the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public Created create(long parent, byte[] name, int flags, int mode) throws IOException {
        return create(FuseOpcode.CREATE, parent, name, flags | OpenFlags.CREATE, mode);
    }

    /**
     * Makes a regular file that has no name and opens it: it is gone when it was closed and
     * forgotten, unless it was given a name before. Counts as one lookup of its node.
     *
     * @param directory in whose file system
     * @param flags of {@link OpenFlags}, with write access
     * @param mode its permissions
     * @return the file
     * @throws FuseException EOPNOTSUPP when that file system has no such files; ENOSYS when the
     *     server cannot, or speaks a protocol before 7.37
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public Created createUnnamed(long directory, int flags, int mode) throws IOException {
        if (session.minor() < TMPFILE_SINCE) {
            throw new FuseException(FuseOpcode.TMPFILE, Errno.ENOSYS.number());
        }
        return create(FuseOpcode.TMPFILE, directory, NO_NAME, flags | OpenFlags.UNNAMED, mode);
    }

    private Created create(FuseOpcode opcode, long directory, byte[] name, int flags, int mode)
            throws IOException {
        FuseCall call =
                connection
                        .call(opcode, directory)
                        .u32(flags)
                        .u32(mode)
                        .u32(0) // umask
                        .u32(openFlags(flags))
                        .name(name);
        MessageReader in = extensions.append(call).answer(FuseEntry.BYTES + OpenFile.BYTES);
        FuseEntry entry = FuseEntry.read(in);
        if (entry == null) {
            throw in.nonsense("what was made has node 0");
        }
        entry.checkType(connection, FuseOpcode.CREATE, FuseAttributes.REGULAR);
        return new Created(entry, OpenFile.read(in));
    }

    /**
     * A file that was made and opened.
     *
     * @param entry the file
     * @param file as it was opened
     */
    public record Created(FuseEntry entry, OpenFile file) {}

    /**
     * Reads. Where the device reaches the segment, it writes there without a copy.
     *
     * @param node the file
     * @param file as it was opened
     * @param offset where, in bytes from the start
     * @param into where to; {@link FuseSession#maxRead} bytes at most
     * @return how many bytes there were; fewer than asked for only at the end
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public int read(long node, OpenFile file, long offset, MemorySegment into) throws IOException {
        checkSize(into, session.maxRead());
        return connection
                .call(FuseOpcode.READ, node)
                .u64(file.handle())
                .u64(offset)
                .u32((int) into.byteSize())
                .u32(0)
                .u64(0)
                .u32(0)
                .u32(0)
                .receiving(into)
                .payload();
    }

    /**
     * Writes. Where the device reaches the segment, it reads there without a copy.
     *
     * @param node the file
     * @param file as it was opened
     * @param offset where, in bytes from the start
     * @param from what; {@link FuseSession#maxWrite} bytes at most
     * @return how many bytes were written
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public int write(long node, OpenFile file, long offset, MemorySegment from) throws IOException {
        checkSize(from, session.maxWrite());
        FuseCall call =
                connection
                        .call(FuseOpcode.WRITE, node)
                        .u64(file.handle())
                        .u64(offset)
                        .u32((int) from.byteSize())
                        .u32(killsPrivileges ? WRITE_KILL_SUIDGID : 0)
                        .u64(0)
                        .u32(0)
                        .u32(0)
                        .sending(from);
        MessageReader in = call.answer(8);
        long written = in.u32() & 0xffff_ffffL;
        if (written > from.byteSize()) {
            throw in.nonsense("%d bytes were written of %d".formatted(written, from.byteSize()));
        }
        return (int) written;
    }

    /**
     * Tells the server that somebody closes the file, which may fail for what was written before.
     *
     * @param node the file
     * @param file as it was opened
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void flush(long node, OpenFile file) throws IOException {
        flush(node, file, 0);
    }

    /**
     * Tells the server that somebody closes the file, who has no locks on it from then on.
     *
     * @param node the file
     * @param file as it was opened
     * @param owner whose locks are given back
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void flush(long node, OpenFile file, long owner) throws IOException {
        connection.call(FuseOpcode.FLUSH, node).u64(file.handle()).u64(0).u64(owner).done();
    }

    /**
     * Has what was written put on the disk.
     *
     * @param node the file
     * @param file as it was opened
     * @param contentOnly whether attributes may be left out
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void sync(long node, OpenFile file, boolean contentOnly) throws IOException {
        connection
                .call(FuseOpcode.FSYNC, node)
                .u64(file.handle())
                .u32(contentOnly ? 1 : 0)
                .u32(0)
                .done();
    }

    /**
     * Lets go of an open file.
     *
     * @param node the file
     * @param file as it was opened
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void release(long node, OpenFile file) throws IOException {
        connection.call(FuseOpcode.RELEASE, node).u64(file.handle()).u32(0).u32(0).u64(0).done();
    }

    /**
     * Makes room for content, or takes it away.
     *
     * @param node the file
     * @param file as it was opened
     * @param offset where
     * @param length how many bytes
     * @param mode as of {@code fallocate}
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void allocate(long node, OpenFile file, long offset, long length, int mode)
            throws IOException {
        connection
                .call(FuseOpcode.FALLOCATE, node)
                .u64(file.handle())
                .u64(offset)
                .u64(length)
                .u32(mode)
                .u32(0)
                .done();
    }

    /**
     * {@return where the next content or hole is}
     *
     * @param node the file
     * @param file as it was opened
     * @param offset where to begin
     * @param whence 3 for content, 4 for a hole
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public long seek(long node, OpenFile file, long offset, int whence) throws IOException {
        MessageReader in =
                connection
                        .call(FuseOpcode.LSEEK, node)
                        .u64(file.handle())
                        .u64(offset)
                        .u32(whence)
                        .u32(0)
                        .answer(8);
        long found = in.u64();
        if (found < 0) {
            throw in.nonsense("an offset of " + Long.toUnsignedString(found));
        }
        return found;
    }

    /**
     * Copies within the server: with a count of 64 bits (COPY_FILE_RANGE_64) from protocol 7.45 on,
     * unless the server does not know it.
     *
     * @param from what is copied
     * @param to where to
     * @param length how many bytes at most
     * @return how many were copied
     * @throws FuseException EXDEV, EOPNOTSUPP or ENOSYS when the server cannot
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public long copy(Place from, Place to, long length) throws IOException {
        if (copies64) {
            try {
                return copy(FuseOpcode.COPY_FILE_RANGE_64, from, to, length);
            } catch (FuseException e) {
                if (e.errno() != Errno.ENOSYS) {
                    throw e;
                }
                copies64 = false;
            }
        }
        return copy(FuseOpcode.COPY_FILE_RANGE, from, to, Math.min(length, MOST_COPIED));
    }

    private long copy(FuseOpcode opcode, Place from, Place to, long length) throws IOException {
        MessageReader in =
                connection
                        .call(opcode, from.node())
                        .u64(from.file().handle())
                        .u64(from.offset())
                        .u64(to.node())
                        .u64(to.file().handle())
                        .u64(to.offset())
                        .u64(length)
                        .u64(0)
                        .answer(8);
        // struct fuse_copy_file_range_out, or struct fuse_write_out
        long copied = opcode == FuseOpcode.COPY_FILE_RANGE_64 ? in.u64() : in.u32() & 0xffff_ffffL;
        if (copied < 0 || copied > length) {
            throw in.nonsense(
                    "%s bytes were copied of %d".formatted(Long.toUnsignedString(copied), length));
        }
        return copied;
    }

    /**
     * Somewhere in an open file.
     *
     * @param node the file
     * @param file as it was opened
     * @param offset where, in bytes from the start
     */
    public record Place(long node, OpenFile file, long offset) {}

    /**
     * Takes a lock, or gives it back.
     *
     * @param node the file
     * @param file as it was opened
     * @param lock which
     * @param wait whether to wait until it is free; else EAGAIN says that it is not
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void lock(long node, OpenFile file, FuseLock lock, boolean wait) throws IOException {
        FuseCall call = connection.call(wait ? FuseOpcode.SETLKW : FuseOpcode.SETLK, node);
        lock.write(call, file);
        if (wait) {
            call.patiently();
        }
        call.done();
    }

    /**
     * {@return the lock that stands in the way of one, or one of type {@link FuseLock#UNLOCKED}}
     *
     * @param node the file
     * @param file as it was opened
     * @param lock which one somebody wants
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseLock blocking(long node, OpenFile file, FuseLock lock) throws IOException {
        FuseCall call = connection.call(FuseOpcode.GETLK, node);
        lock.write(call, file);
        return FuseLock.read(call.answer(FuseLock.BYTES), lock.owner());
    }

    private static void checkSize(MemorySegment payload, int most) {
        if (payload.byteSize() == 0 || payload.byteSize() > most) {
            throw new IllegalArgumentException(
                    "%d bytes in one request (expected: 1..%d)"
                            .formatted(payload.byteSize(), most));
        }
    }
}
