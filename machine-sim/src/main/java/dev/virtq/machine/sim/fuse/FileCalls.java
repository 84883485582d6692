package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.FileName;
import dev.virtq.machine.sim.tree.Mode;
import dev.virtq.machine.sim.tree.OpenBytes;
import dev.virtq.machine.sim.tree.TreeNode;
import java.nio.ByteBuffer;

/** Requests about open files. */
final class FileCalls {
    // Flags of open(2), as all architectures of Linux have them.
    private static final int ACCESS = 3;
    private static final int READ_ONLY = 0;
    private static final int WRITE_ONLY = 1;
    private static final int EXCLUSIVE = 0200;
    private static final int TRUNCATE = 01000;
    private static final int APPEND = 02000;

    private static final int OPEN_KILL_SUIDGID = 1;
    private static final int WRITE_KILL_SUIDGID = 1 << 2;
    private static final int DATA_ONLY = 1;
    private static final int RELEASE_FLOCK_UNLOCK = 1 << 1;

    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private static final int PIECE = 1 << 16;

    /** The most that Linux moves at a time, and that fits 32 bits. */
    private static final long MOST_COPIED = 0x7fff_f000;

    private final Session session;
    private final NameCalls names;
    private final LockCalls locks;

    FileCalls(Session session, NameCalls names, LockCalls locks) {
        this.session = session;
        this.names = names;
        this.locks = locks;
    }

    FuseAnswer open(FuseRequest request) throws FileError {
        int flags = request.u32();
        int openFlags = request.u32();
        TreeNode node = session.node(request);
        checkMayOpen(request.caller(), node, flags);
        long handle = opened(request.node(), node, flags, openFlags);
        return new FuseAnswer().u64(handle).u32(0).u32(0); // struct fuse_open_out
    }

    FuseAnswer create(FuseRequest request) throws FileError {
        int flags = request.u32();
        int mode = request.u32();
        int mask = request.u32();
        int openFlags = request.u32();
        FileName name = request.name();
        Extensions extensions = Extensions.read(request, session);
        TreeNode node;
        try {
            Caller caller = extensions.of(request.caller());
            node = session.directory(request.node(), caller).child(name);
            if ((flags & EXCLUSIVE) != 0) {
                throw Errno.EEXIST.error();
            }
            checkMayOpen(request.caller(), node, flags);
        } catch (FileError e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            int wanted = Mode.REGULAR | NameCalls.permissions(mode, mask);
            node = names.make(request, name, wanted, extensions);
        }
        return created(node, flags, openFlags);
    }

    /** TMPFILE: its fields are those of CREATE, and its name says nothing. */
    FuseAnswer createUnnamed(FuseRequest request) throws FileError {
        int flags = request.u32();
        int mode = request.u32();
        int mask = request.u32();
        int openFlags = request.u32();
        request.string();
        int wanted = Mode.REGULAR | NameCalls.permissions(mode, mask);
        return created(names.makeUnnamed(request, wanted), flags, openFlags);
    }

    /** Opens what was made. {@code struct fuse_entry_out}, and {@code struct fuse_open_out}. */
    private FuseAnswer created(TreeNode node, int flags, int openFlags) throws FileError {
        long number = session.nodes().lookedUp(node);
        try {
            long handle = opened(number, node, flags, openFlags);
            FuseAnswer answer = new FuseAnswer();
            AttributeLayout.entry(answer, number, node.attributes(), session.settings());
            return answer.u64(handle).u32(0).u32(0);
        } catch (FileError e) {
            session.nodes().forget(number, 1);
            throw e;
        }
    }

    void checkMayOpen(Caller caller, TreeNode node, int flags) throws FileError {
        Attributes attributes = node.attributes();
        if (attributes.type() == Mode.LINK) {
            throw Errno.ELOOP.error();
        }
        int access = flags & ACCESS;
        boolean writes = access != READ_ONLY || (flags & TRUNCATE) != 0;
        if (writes && session.settings().readOnly()) {
            throw Errno.EROFS.error();
        }
        int read = access == WRITE_ONLY ? 0 : Caller.READ;
        caller.check(attributes, read | (writes ? Caller.WRITE : 0));
    }

    private long opened(long number, TreeNode node, int flags, int openFlags) throws FileError {
        boolean writeBack = session.has(InitFlag.WRITEBACK_CACHE);
        boolean read = (flags & ACCESS) != WRITE_ONLY;
        boolean write = (flags & ACCESS) != READ_ONLY;
        boolean truncate = (flags & TRUNCATE) != 0;
        OpenBytes bytes = node.open(read, write || truncate);
        try {
            if (truncate) {
                bytes.truncate(0);
                if ((openFlags & OPEN_KILL_SUIDGID) != 0) {
                    AttributeCalls.killPrivileges(node);
                }
            }
        } catch (FileError e) {
            bytes.close();
            throw e;
        }
        // A driver that writes back reads what it writes to, and knows itself where the end is.
        boolean append = (flags & APPEND) != 0 && !writeBack;
        return session.handles()
                .add(new Handles.File(number, node, bytes, read || writeBack, write, append));
    }

    FuseAnswer read(FuseRequest request, long room) throws FileError {
        Handles.File file = session.handles().file(request.u64(), request.node());
        long offset = request.u64();
        int size = request.u32();
        if (!file.read()) {
            throw Errno.EBADF.error();
        }
        if (offset < 0 || size < 0) {
            throw Errno.EINVAL.error();
        }
        FuseAnswer answer = new FuseAnswer();
        int wanted = (int) Math.min(size, room);
        ByteBuffer target = answer.room(wanted);
        int limit = target.limit();
        file.bytes().read(offset, target.limit(target.position() + wanted));
        target.limit(limit);
        return answer;
    }

    FuseAnswer write(FuseRequest request) throws FileError {
        Handles.File file = session.handles().file(request.u64(), request.node());
        long offset = request.u64();
        int size = request.u32();
        int flags = request.u32();
        request.skip(2 * Long.BYTES); // lock_owner, flags, padding
        if (!file.write()) {
            throw Errno.EBADF.error();
        }
        if (size < 0 || size != request.left() || size > session.settings().largestWrite()) {
            throw Errno.EINVAL.error();
        }
        long at = file.append() ? file.bytes().size() : offset;
        if (at < 0) {
            throw Errno.EINVAL.error();
        }
        int written = file.bytes().write(at, request.payload(size));
        if ((flags & WRITE_KILL_SUIDGID) != 0) {
            AttributeCalls.killPrivileges(file.file());
        }
        return new FuseAnswer().u32(written).u32(0);
    }

    FuseAnswer flush(FuseRequest request) throws FileError {
        session.handles().file(request.u64(), request.node());
        request.skip(Long.BYTES);
        locks.release(request.node(), request.u64(), false);
        return new FuseAnswer();
    }

    FuseAnswer fsync(FuseRequest request) throws FileError {
        Handles.File file = session.handles().file(request.u64(), request.node());
        file.bytes().sync((request.u32() & DATA_ONLY) == 0);
        return new FuseAnswer();
    }

    FuseAnswer release(FuseRequest request) throws FileError {
        long handle = request.u64();
        session.handles().file(handle, request.node());
        request.skip(Integer.BYTES);
        int flags = request.u32();
        long owner = request.u64();
        if ((flags & RELEASE_FLOCK_UNLOCK) != 0) {
            locks.release(request.node(), owner, true);
        }
        session.handles().close(handle);
        if (!session.handles().hasOpen(request.node())) {
            locks.drop(request.node());
        }
        return new FuseAnswer();
    }

    FuseAnswer fallocate(FuseRequest request) throws FileError {
        Handles.File file = session.handles().file(request.u64(), request.node());
        long offset = request.u64();
        long length = request.u64();
        int mode = request.u32();
        if (!file.write()) {
            throw Errno.EBADF.error();
        }
        if (offset < 0 || length <= 0 || offset + length < 0) {
            throw Errno.EINVAL.error();
        }
        switch (mode) {
            case 0, KEEP_SIZE -> file.bytes().allocate(offset, length, mode == KEEP_SIZE);
            case PUNCH_HOLE | KEEP_SIZE -> file.bytes().punch(offset, length);
            default -> throw Errno.EOPNOTSUPP.error();
        }
        return new FuseAnswer();
    }

    FuseAnswer lseek(FuseRequest request) throws FileError {
        Handles.File file = session.handles().file(request.u64(), request.node());
        long offset = request.u64();
        int whence = request.u32();
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw Errno.EINVAL.error(); // where a file descriptor stands is the driver's business
        }
        return new FuseAnswer().u64(file.bytes().seek(offset, whence == SEEK_DATA));
    }

    FuseAnswer copy(FuseRequest request) throws FileError {
        return new FuseAnswer().u32((int) copied(request, MOST_COPIED)).u32(0);
    }

    FuseAnswer copy64(FuseRequest request) throws FileError {
        return new FuseAnswer().u64(copied(request, Long.MAX_VALUE));
    }

    private long copied(FuseRequest request, long most) throws FileError {
        Handles.File from = session.handles().file(request.u64(), request.node());
        long at = request.u64();
        long targetNode = request.u64();
        Handles.File to = session.handles().file(request.u64(), targetNode);
        long target = request.u64();
        long length = request.u64();
        long flags = request.u64();
        if (!from.read() || !to.write() || to.append()) {
            throw Errno.EBADF.error();
        }
        boolean overlap = from.file() == to.file() && at < target + length && target < at + length;
        if (flags != 0 || at < 0 || target < 0 || length < 0 || overlap) {
            throw Errno.EINVAL.error();
        }
        long wanted = Math.clamp(from.bytes().size() - at, 0, Math.min(length, most));
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        long done = 0;
        while (done < wanted) {
            piece.clear().limit((int) Math.min(PIECE, wanted - done));
            from.bytes().read(at + done, piece);
            int run = piece.flip().remaining();
            int written = run == 0 ? 0 : to.bytes().write(target + done, piece);
            done += written;
            if (written == 0 || written < run) {
                break;
            }
        }
        return done;
    }
}
