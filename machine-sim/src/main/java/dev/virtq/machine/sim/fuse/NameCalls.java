package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Creation;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.FileName;
import dev.virtq.machine.sim.tree.Mode;
import dev.virtq.machine.sim.tree.TreeNode;
import dev.virtq.machine.sim.tree.TreeNode.Renaming;

/** Requests about names in directories. */
final class NameCalls {
    private static final byte[] NO_TARGET = {};
    private static final int LONGEST_TARGET = 4095;
    private static final int NO_REPLACE = 1;
    private static final int EXCHANGE = 2;

    private final Session session;

    NameCalls(Session session) {
        this.session = session;
    }

    FuseAnswer lookup(FuseRequest request) throws FileError {
        TreeNode directory = session.directory(request.node(), request.caller());
        return entry(directory.child(request.name()));
    }

    /** Writes an entry, and counts a lookup. */
    FuseAnswer entry(TreeNode node) throws FileError {
        Attributes attributes = node.attributes();
        FuseAnswer answer = new FuseAnswer();
        AttributeLayout.entry(
                answer, session.nodes().lookedUp(node), attributes, session.settings());
        return answer;
    }

    FuseAnswer symlink(FuseRequest request) throws FileError {
        FileName name = request.name();
        byte[] target = request.string();
        if (target.length > LONGEST_TARGET) {
            throw Errno.ENAMETOOLONG.error();
        }
        return entry(make(request, name, Mode.LINK | 0777, 0, target));
    }

    FuseAnswer mknod(FuseRequest request) throws FileError {
        int mode = request.u32();
        int device = request.u32();
        int mask = request.u32();
        request.skip(Integer.BYTES);
        int type = mode & Mode.TYPE;
        if (type == Mode.DIRECTORY || type == Mode.LINK) {
            throw Errno.EPERM.error();
        }
        if (!request.caller().isRoot() && (type == Mode.CHARACTERS || type == Mode.BLOCKS)) {
            throw Errno.EPERM.error();
        }
        FileName name = request.name();
        int kind = type == 0 ? Mode.REGULAR : type;
        return entry(make(request, name, kind | permissions(mode, mask), device, NO_TARGET));
    }

    FuseAnswer mkdir(FuseRequest request) throws FileError {
        int mode = request.u32();
        int mask = request.u32();
        FileName name = request.name();
        return entry(make(request, name, Mode.DIRECTORY | permissions(mode, mask), 0, NO_TARGET));
    }

    /** Makes a file that belongs to the caller, with the extensions that follow its name. */
    private TreeNode make(FuseRequest request, FileName name, int mode, int device, byte[] target)
            throws FileError {
        Extensions extensions = Extensions.read(request, session);
        return make(
                request,
                extensions,
                new Kind(mode, device, target),
                (directory, made) -> directory.make(name, made));
    }

    /** Makes a regular file. */
    TreeNode make(FuseRequest request, FileName name, int mode, Extensions extensions)
            throws FileError {
        return make(
                request,
                extensions,
                new Kind(mode, 0, NO_TARGET),
                (directory, made) -> directory.make(name, made));
    }

    /** Makes a regular file without a name. */
    TreeNode makeUnnamed(FuseRequest request, int mode) throws FileError {
        Extensions extensions = Extensions.read(request, session);
        return make(request, extensions, new Kind(mode, 0, NO_TARGET), TreeNode::makeUnnamed);
    }

    /** What is made. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares these
    private record Kind(int mode, int device, byte[] target) {}

    /** How it is made. */
    private interface Maker {
        TreeNode make(TreeNode directory, Creation made) throws FileError;
    }

    private TreeNode make(FuseRequest request, Extensions extensions, Kind kind, Maker maker)
            throws FileError {
        Caller caller = extensions.of(request.caller());
        TreeNode directory = session.directory(request.node(), caller);
        caller.check(directory.attributes(), Caller.WRITE);
        TreeNode node =
                maker.make(
                        directory,
                        new Creation(
                                kind.mode,
                                kind.device,
                                kind.target,
                                caller.user(),
                                caller.group()));
        extensions.label(node);
        return node;
    }

    static int permissions(int mode, int mask) {
        return mode & Mode.PERMISSIONS & ~(mask & 0777);
    }

    FuseAnswer link(FuseRequest request) throws FileError {
        TreeNode file = session.nodes().get(request.u64());
        FileName name = request.name();
        TreeNode directory = session.directory(request.node(), request.caller());
        request.caller().check(directory.attributes(), Caller.WRITE);
        directory.link(name, file);
        return entry(file);
    }

    FuseAnswer unlink(FuseRequest request) throws FileError {
        FileName name = request.name();
        takenFrom(request.node(), name, request.caller()).unlink(name);
        return new FuseAnswer();
    }

    FuseAnswer rmdir(FuseRequest request) throws FileError {
        FileName name = request.name();
        takenFrom(request.node(), name, request.caller()).removeDirectory(name);
        return new FuseAnswer();
    }

    private TreeNode takenFrom(long number, FileName name, Caller caller) throws FileError {
        TreeNode directory = session.directory(number, caller);
        caller.checkTakesAway(directory.attributes(), directory.child(name).attributes());
        return directory;
    }

    FuseAnswer rename(FuseRequest request) throws FileError {
        return rename(request, request.u64(), Renaming.REPLACE);
    }

    FuseAnswer rename2(FuseRequest request) throws FileError {
        long target = request.u64();
        int flags = request.u32();
        request.skip(Integer.BYTES);
        Renaming how =
                switch (flags) {
                    case 0 -> Renaming.REPLACE;
                    case NO_REPLACE -> Renaming.NO_REPLACE;
                    case EXCHANGE -> Renaming.EXCHANGE;
                    default -> throw Errno.EINVAL.error();
                };
        return rename(request, target, how);
    }

    private FuseAnswer rename(FuseRequest request, long target, Renaming how) throws FileError {
        FileName name = request.name();
        FileName newName = request.name();
        Caller caller = request.caller();
        TreeNode from = takenFrom(request.node(), name, caller);
        TreeNode to = session.directory(target, caller);
        caller.check(to.attributes(), Caller.WRITE);
        if (how != Renaming.NO_REPLACE) {
            checkReplaces(caller, to, newName);
        }
        from.rename(name, to, newName, how);
        return new FuseAnswer();
    }

    private static void checkReplaces(Caller caller, TreeNode directory, FileName name)
            throws FileError {
        Attributes replaced;
        try {
            replaced = directory.child(name).attributes();
        } catch (FileError e) {
            if (e.errno() == Errno.ENOENT) {
                return;
            }
            throw e;
        }
        caller.checkTakesAway(directory.attributes(), replaced);
    }
}
