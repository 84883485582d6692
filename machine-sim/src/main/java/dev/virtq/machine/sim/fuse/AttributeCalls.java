package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.AttributeChange;
import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.FileName;
import dev.virtq.machine.sim.tree.Mode;
import dev.virtq.machine.sim.tree.Space;
import dev.virtq.machine.sim.tree.TreeNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Requests about what is known of files, and of the whole. */
final class AttributeCalls {
    private static final int BY_HANDLE = 1;
    private static final int NANOSECONDS = 1_000_000_000;

    // The bits of fuse_setattr_in.valid.
    private static final int MODE = 1;
    private static final int OWNER = 1 << 1;
    private static final int GROUP = 1 << 2;
    private static final int SIZE = 1 << 3;
    private static final int ACCESSED = 1 << 4;
    private static final int MODIFIED = 1 << 5;
    private static final int HANDLE = 1 << 6;
    private static final int ACCESSED_NOW = 1 << 7;
    private static final int MODIFIED_NOW = 1 << 8;
    private static final int KILL_SUIDGID = 1 << 11;

    private final Session session;

    AttributeCalls(Session session) {
        this.session = session;
    }

    FuseAnswer getattr(FuseRequest request) throws FileError {
        return AttributeLayout.known(attributes(request), session.settings());
    }

    FuseAnswer statx(FuseRequest request) throws FileError {
        return AttributeLayout.extended(attributes(request), session.settings());
    }

    private Attributes attributes(FuseRequest request) throws FileError {
        int flags = request.u32();
        request.skip(Integer.BYTES);
        long handle = request.u64();
        return (flags & BY_HANDLE) == 0
                ? session.node(request).attributes()
                : session.handles().open(handle, request.node()).attributes();
    }

    FuseAnswer setattr(FuseRequest request) throws FileError {
        int valid = request.u32();
        request.skip(Integer.BYTES);
        long handle = request.u64();
        long size = request.u64();
        request.skip(Long.BYTES); // lock_owner: no lock forbids anything
        long accessed = request.u64();
        long modified = request.u64();
        request.skip(Long.BYTES); // ctime is the server's to tell
        int accessedNanos = request.u32();
        int modifiedNanos = request.u32();
        request.skip(Integer.BYTES);
        int mode = request.u32();
        request.skip(Integer.BYTES);
        int owner = request.u32();
        int group = request.u32();
        request.skip(Integer.BYTES);

        Handles.@Nullable File open =
                (valid & HANDLE) == 0 ? null : session.handles().file(handle, request.node());
        TreeNode node = open == null ? session.node(request) : open.file();
        Attributes before = node.attributes();
        checkAllowed(request.caller(), before, valid, open != null && open.write());
        AttributeChange change =
                new AttributeChange(
                        (valid & MODE) == 0 ? null : Integer.valueOf(mode),
                        (valid & OWNER) == 0 ? null : Integer.valueOf(owner),
                        (valid & GROUP) == 0 ? null : Integer.valueOf(group),
                        (valid & SIZE) == 0 ? null : Long.valueOf(size),
                        time(valid, ACCESSED, ACCESSED_NOW, accessed, accessedNanos),
                        time(valid, MODIFIED, MODIFIED_NOW, modified, modifiedNanos));
        node.change(change);
        if ((valid & KILL_SUIDGID) != 0) {
            killPrivileges(node);
        }
        return AttributeLayout.known(node.attributes(), session.settings());
    }

    private static void checkAllowed(Caller caller, Attributes file, int valid, boolean writable)
            throws FileError {
        if ((valid & MODE) != 0) {
            caller.checkOwns(file);
        }
        if ((valid & (OWNER | GROUP)) != 0 && !caller.isRoot()) {
            throw Errno.EPERM.error();
        }
        if ((valid & SIZE) != 0 && !writable) {
            caller.check(file, Caller.WRITE);
        }
        boolean told =
                ((valid & ACCESSED) != 0 && (valid & ACCESSED_NOW) == 0)
                        || ((valid & MODIFIED) != 0 && (valid & MODIFIED_NOW) == 0);
        if (told) {
            caller.checkOwns(file);
        } else if ((valid & (ACCESSED | MODIFIED)) != 0 && !caller.owns(file)) {
            caller.check(file, Caller.WRITE);
        }
    }

    private static @Nullable Instant time(int valid, int given, int now, long seconds, int nanos)
            throws FileError {
        if ((valid & (given | now)) == 0) {
            return null;
        }
        if ((valid & now) != 0) {
            return Instant.now();
        }
        if (nanos < 0
                || nanos >= NANOSECONDS
                || seconds > Instant.MAX.getEpochSecond()
                || seconds < Instant.MIN.getEpochSecond()) {
            throw Errno.EINVAL.error();
        }
        return Instant.ofEpochSecond(seconds, nanos);
    }

    /** Takes away what would let others act as the owner: somebody else may have written. */
    static void killPrivileges(TreeNode node) throws FileError {
        int mode = node.attributes().mode();
        int kept = mode & ~Mode.SET_USER_ID;
        if ((mode & Mode.GROUP_EXECUTE) != 0) {
            kept &= ~Mode.SET_GROUP_ID;
        }
        if (kept != mode) {
            node.change(AttributeChange.ofMode(kept & Mode.PERMISSIONS));
        }
    }

    FuseAnswer readlink(FuseRequest request) throws FileError {
        return new FuseAnswer().bytes(session.node(request).target());
    }

    FuseAnswer access(FuseRequest request) throws FileError {
        int wanted = request.u32();
        if ((wanted & ~7) != 0) {
            throw Errno.EINVAL.error();
        }
        if ((wanted & Caller.WRITE) != 0 && session.settings().readOnly()) {
            throw Errno.EROFS.error();
        }
        Attributes attributes = session.node(request).attributes();
        request.caller().check(attributes, wanted);
        boolean nobodyExecutes = !attributes.isDirectory() && (attributes.mode() & 0111) == 0;
        if ((wanted & Caller.EXECUTE) != 0 && nobodyExecutes) {
            throw Errno.EACCES.error();
        }
        return new FuseAnswer();
    }

    /** {@code struct fuse_statfs_out}. */
    FuseAnswer statfs() throws FileError {
        Space space = session.tree().space();
        return new FuseAnswer()
                .u64(space.blocks())
                .u64(space.free())
                .u64(space.available())
                .u64(space.files())
                .u64(space.freeFiles())
                .u32(space.blockSize())
                .u32(FileName.LONGEST)
                .u32(space.blockSize())
                .zeros(7 * Integer.BYTES);
    }
}
