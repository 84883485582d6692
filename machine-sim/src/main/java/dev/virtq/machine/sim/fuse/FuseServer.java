package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.Tree;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.transport.vhostuser.posix.PageWindow;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Serves FUSE requests over a tree of files: protocol 7.31 to 7.45, as INIT negotiates.
 *
 * <p>What is asked is done, or fails with the error that Linux has for it. A request in which a
 * field is missing fails with EINVAL, one that the server does not know with ENOSYS, and one before
 * INIT with EIO. A driver that forgets more than it has looked up breaks the device.
 *
 * <p>Threads: any, one at a time: each call holds the tree's monitor.
 */
public final class FuseServer {
    private final Tree tree;
    private final Session session;
    private final InitCall init;
    private final NameCalls names;
    private final AttributeCalls attributes;
    private final FileCalls files;
    private final DirectoryCalls directories;
    private final ExtendedAttributeCalls extended;
    private final LockCalls locks;
    private final WindowCalls window;

    /**
     * Makes a server, with which nobody has a session yet.
     *
     * @param tree what is served
     * @param settings what it is like
     * @param shown the DAX window; {@code null} for none
     */
    public FuseServer(Tree tree, ServerSettings settings, @Nullable PageWindow shown) {
        this.tree = tree;
        session = new Session(tree, settings);
        names = new NameCalls(session);
        attributes = new AttributeCalls(session);
        locks = new LockCalls(session);
        files = new FileCalls(session, names, locks);
        directories = new DirectoryCalls(session);
        extended = new ExtendedAttributeCalls(session);
        window = new WindowCalls(session, files, shown);
        init = new InitCall(session, window);
    }

    /**
     * Serves a request that has an answer.
     *
     * @param request what is asked
     * @param room how many bytes of payload there is room for behind the answer's header
     * @param ticket comes back with the answer when that comes later
     * @return the answer; {@code null} when it comes later
     */
    public byte @Nullable [] serve(FuseRequest request, long room, long ticket) {
        synchronized (tree) {
            try {
                FuseAnswer answer = answer(request, room, ticket);
                return answer == null ? null : answer.finish(request.unique());
            } catch (FileError e) {
                return FuseAnswer.error(e.errno(), request.unique());
            }
        }
    }

    private @Nullable FuseAnswer answer(FuseRequest request, long room, long ticket)
            throws FileError {
        Opcode opcode = request.opcode();
        if (opcode == Opcode.INIT) {
            locks.clear();
            window.clearAll();
            return init.serve(request);
        }
        if (!session.isOpen()) {
            throw Errno.EIO.error();
        }
        if (opcode == null
                || !opcode.isIn(session.minor())
                || session.settings().unknown().contains(opcode.number())) {
            throw Errno.ENOSYS.error();
        }
        if (opcode.changes() && session.settings().readOnly()) {
            throw Errno.EROFS.error();
        }
        return switch (opcode) {
            case LOOKUP -> names.lookup(request);
            case SYMLINK -> names.symlink(request);
            case MKNOD -> names.mknod(request);
            case MKDIR -> names.mkdir(request);
            case UNLINK -> names.unlink(request);
            case RMDIR -> names.rmdir(request);
            case RENAME -> names.rename(request);
            case RENAME2 -> names.rename2(request);
            case LINK -> names.link(request);
            case GETATTR -> attributes.getattr(request);
            case SETATTR -> attributes.setattr(request);
            case STATX -> attributes.statx(request);
            case READLINK -> attributes.readlink(request);
            case ACCESS -> attributes.access(request);
            case STATFS -> attributes.statfs();
            case OPEN -> files.open(request);
            case CREATE -> files.create(request);
            case TMPFILE -> files.createUnnamed(request);
            case READ -> files.read(request, room);
            case WRITE -> files.write(request);
            case FLUSH -> files.flush(request);
            case FSYNC -> files.fsync(request);
            case RELEASE -> files.release(request);
            case FALLOCATE -> files.fallocate(request);
            case LSEEK -> files.lseek(request);
            case COPY_FILE_RANGE -> files.copy(request);
            case COPY_FILE_RANGE_64 -> files.copy64(request);
            case SETUPMAPPING -> window.setup(request);
            case REMOVEMAPPING -> window.remove(request);
            case OPENDIR -> directories.opendir(request);
            case READDIR -> directories.readdir(request, room, false);
            case READDIRPLUS -> directories.readdir(request, room, true);
            case RELEASEDIR -> directories.releasedir(request);
            case FSYNCDIR -> directories.fsyncdir(request);
            case SETXATTR -> extended.set(request);
            case GETXATTR -> extended.get(request);
            case LISTXATTR -> extended.list(request);
            case REMOVEXATTR -> extended.remove(request);
            case GETLK -> locks.getlk(request);
            case SETLK -> locks.setlk(request);
            case SETLKW -> locks.setlkw(request, ticket);
            case SYNCFS -> new FuseAnswer(); // what FSYNC has not put there is the host's to put
            case DESTROY -> {
                end();
                yield new FuseAnswer();
            }
            case INIT, FORGET, BATCH_FORGET, INTERRUPT ->
                    throw new IllegalArgumentException(request + " has no answer");
        };
    }

    /**
     * Takes note of a request that has no answer: FORGET, BATCH_FORGET or INTERRUPT.
     *
     * @param request what is said
     * @throws DriverFaultException when it makes no sense: nobody can be told with an answer
     */
    public void hear(FuseRequest request) {
        synchronized (tree) {
            try {
                switch (request.opcode()) {
                    case FORGET -> session.nodes().forget(request.node(), request.u64());
                    case BATCH_FORGET -> forgetMany(request);
                    case INTERRUPT -> locks.interrupt(request);
                    case null, default ->
                            throw new IllegalArgumentException(request + " has an answer");
                }
            } catch (FileError e) {
                throw new DriverFaultException(
                        request + " is too short: nothing can tell its sender", "5.11.6.2");
            }
        }
    }

    private void forgetMany(FuseRequest request) throws FileError {
        int count = request.u32();
        request.skip(Integer.BYTES);
        for (int i = 0; i < count; i++) {
            session.nodes().forget(request.u64(), request.u64());
        }
    }

    /** {@return an answer that had to wait, and can be given now; {@code null} when none is} */
    public @Nullable LateAnswer nextLate() {
        synchronized (tree) {
            return locks.next();
        }
    }

    /** Ends the session, as DESTROY does: the driver is gone. */
    public void end() {
        synchronized (tree) {
            session.end();
            locks.clear();
            window.clearAll();
        }
    }

    /** {@return what the driver holds now} */
    public Holdings holdings() {
        synchronized (tree) {
            return new Holdings(
                    session.isOpen() ? session.minor() : 0,
                    session.nodes().lookups(),
                    session.handles().count(),
                    session.locks().count(),
                    locks.waiting(),
                    window.mappedBytes());
        }
    }

    /**
     * What a driver holds.
     *
     * @param minor the minor version that is spoken; 0 before INIT
     * @param lookups how often each node, but the root, was looked up and not forgotten
     * @param open how many files and directories are open
     * @param locks how many locks are held
     * @param waiting how many requests wait for a lock
     * @param mapped how many bytes of the DAX window show something
     */
    public record Holdings(
            int minor, Map<Long, Long> lookups, int open, int locks, int waiting, long mapped) {}
}
