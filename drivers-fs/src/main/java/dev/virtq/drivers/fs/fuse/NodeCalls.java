package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Requests about names and what they stand for. Names are bytes; 255 of them at most. */
public final class NodeCalls {
    private static final int LONGEST_LINK = 4096;

    /** The most entries of one BATCH_FORGET: they fit the buffer of a request's fields. */
    private static final int MOST_FORGOTTEN = 512;

    private static final int STATX_SINCE = 39;
    private static final int SYNCFS_SINCE = 34;

    private final FuseConnection connection;
    private final FuseSession session;
    private final CreateExtensions extensions;

    NodeCalls(FuseConnection connection, FuseSession session, CreateExtensions extensions) {
        this.connection = connection;
        this.session = session;
        this.extensions = extensions;
    }

    /**
     * Looks a name up. Counts as one lookup of the node.
     *
     * @param parent the directory
     * @param name a single name
     * @return what it stands for
     * @throws FuseException ENOENT when there is none, also where the server says so with node 0
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseEntry lookup(long parent, byte[] name) throws IOException {
        return entry(connection.call(FuseOpcode.LOOKUP, parent).name(name));
    }

    /**
     * Gives lookups back.
     *
     * @param node the node
     * @param lookups how many
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void forget(long node, long lookups) throws IOException {
        connection.forget(node, lookups);
    }

    /**
     * Gives lookups of many nodes back.
     *
     * @param all each with its lookups
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void forget(List<Forgotten> all) throws IOException {
        for (int from = 0; from < all.size(); from += MOST_FORGOTTEN) {
            List<Forgotten> some = all.subList(from, Math.min(all.size(), from + MOST_FORGOTTEN));
            FuseCall call = connection.call(FuseOpcode.BATCH_FORGET, 0).u32(some.size()).u32(0);
            some.forEach(one -> call.u64(one.node()).u64(one.lookups()));
            connection.tell(call);
        }
    }

    /**
     * Lookups that are given back.
     *
     * @param node the node
     * @param lookups how many
     */
    public record Forgotten(long node, long lookups) {}

    /**
     * {@return what is known of a file, and for how long}
     *
     * @param node the node
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public KnownAttributes attributes(long node) throws IOException {
        return attributes(connection, node);
    }

    static KnownAttributes attributes(FuseConnection connection, long node) throws IOException {
        return known(connection.call(FuseOpcode.GETATTR, node).u32(0).u32(0).u64(0));
    }

    /**
     * {@return what is known of an open file, and for how long}
     *
     * @param node the node
     * @param file as it was opened
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public KnownAttributes attributes(long node, OpenFile file) throws IOException {
        return known(connection.call(FuseOpcode.GETATTR, node).u32(1).u32(0).u64(file.handle()));
    }

    /**
     * {@return what is known of a file, when it was made among that, and for how long}
     *
     * @param node the node
     * @throws FuseException ENOSYS when the server cannot tell, or speaks a protocol before 7.39
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public KnownAttributes extendedAttributes(long node) throws IOException {
        if (session.minor() < STATX_SINCE) {
            throw new FuseException(FuseOpcode.STATX, Errno.ENOSYS.number());
        }
        FuseStatx answer =
                FuseStatx.read(
                        connection
                                .call(FuseOpcode.STATX, node)
                                .u32(0)
                                .u32(0)
                                .u64(0)
                                .u32(0) // as of stat
                                .u32(FuseStatx.WANTED)
                                .answer(FuseStatx.BYTES));
        FuseAttributes attributes = answer.attributes();
        if (attributes != null) {
            return new KnownAttributes(answer.valid(), attributes);
        }
        KnownAttributes known = attributes(node);
        return new KnownAttributes(known.valid(), known.attributes().bornAt(answer.born()));
    }

    /**
     * Changes what is known of a file. Another size {@linkplain AttributeChange#killingPrivileges
     * kills privileges} unless requests come from root.
     *
     * @param node the node
     * @param change what, and to what
     * @return what is known then
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public KnownAttributes change(long node, AttributeChange change) throws IOException {
        FuseCall call = connection.call(FuseOpcode.SETATTR, node);
        boolean kills = change.resizes() && FileCalls.killsPrivileges(connection, session);
        AttributeChange whole = kills ? change.killingPrivileges() : change;
        whole.write(call, session.has(FuseFlag.HANDLE_KILLPRIV_V2));
        return known(call);
    }

    /**
     * {@return where a symbolic link points}
     *
     * @param node the node of the link
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public byte[] readLink(long node) throws IOException {
        byte[] target = new byte[LONGEST_LINK];
        int length =
                connection
                        .call(FuseOpcode.READLINK, node)
                        .receiving(MemorySegment.ofArray(target))
                        .payload();
        return Arrays.copyOf(target, length);
    }

    /**
     * Makes a symbolic link. Counts as one lookup of its node.
     *
     * @param parent the directory
     * @param name its name there
     * @param target where it points
     * @return the link
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseEntry symbolicLink(long parent, byte[] name, byte[] target) throws IOException {
        FuseCall call = connection.call(FuseOpcode.SYMLINK, parent).name(name).name(target);
        return created(extensions.append(call))
                .checkType(connection, FuseOpcode.SYMLINK, FuseAttributes.SYMBOLIC_LINK);
    }

    /**
     * Gives a file another name. Counts as one lookup of its node.
     *
     * @param parent the directory
     * @param name the new name there
     * @param node the file
     * @return the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseEntry hardLink(long parent, byte[] name, long node) throws IOException {
        return created(connection.call(FuseOpcode.LINK, parent).u64(node).name(name));
    }

    /**
     * Makes a file of any kind but a directory or link. Counts as one lookup of its node.
     *
     * @param parent the directory
     * @param name its name there
     * @param mode type and permissions
     * @param device the number of the device that it stands for; 0 for none
     * @return the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseEntry make(long parent, byte[] name, int mode, int device) throws IOException {
        FuseCall call =
                connection
                        .call(FuseOpcode.MKNOD, parent)
                        .u32(mode)
                        .u32(device)
                        .u32(0)
                        .u32(0)
                        .name(name);
        int type = FuseAttributes.type(mode);
        return created(extensions.append(call))
                .checkType(connection, FuseOpcode.MKNOD, type == 0 ? FuseAttributes.REGULAR : type);
    }

    /**
     * Makes a directory. Counts as one lookup of its node.
     *
     * @param parent the directory that it is in
     * @param name its name there
     * @param mode its permissions
     * @return the directory
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseEntry makeDirectory(long parent, byte[] name, int mode) throws IOException {
        FuseCall call = connection.call(FuseOpcode.MKDIR, parent).u32(mode).u32(0).name(name);
        return created(extensions.append(call))
                .checkType(connection, FuseOpcode.MKDIR, FuseAttributes.DIRECTORY);
    }

    /**
     * Takes a name away, and with the last one the file.
     *
     * @param parent the directory
     * @param name the name, not of a directory
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void remove(long parent, byte[] name) throws IOException {
        connection.call(FuseOpcode.UNLINK, parent).name(name).done();
    }

    /**
     * Removes an empty directory.
     *
     * @param parent the directory that it is in
     * @param name its name
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void removeDirectory(long parent, byte[] name) throws IOException {
        connection.call(FuseOpcode.RMDIR, parent).name(name).done();
    }

    /**
     * Moves a file or directory. What has the new name already is replaced, if that is possible.
     *
     * @param parent the directory
     * @param name its name there
     * @param newParent the directory where it will be
     * @param newName its name there
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void rename(long parent, byte[] name, long newParent, byte[] newName)
            throws IOException {
        connection.call(FuseOpcode.RENAME, parent).u64(newParent).name(name).name(newName).done();
    }

    /**
     * Moves a file or directory, with flags.
     *
     * @param parent the directory
     * @param name its name there
     * @param newParent the directory where it will be
     * @param newName its name there
     * @param flags as of {@code renameat2}: 1 does not replace, 2 exchanges
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void rename(long parent, byte[] name, long newParent, byte[] newName, int flags)
            throws IOException {
        connection
                .call(FuseOpcode.RENAME2, parent)
                .u64(newParent)
                .u32(flags)
                .u32(0)
                .name(name)
                .name(newName)
                .done();
    }

    /**
     * Asks whether something may be done with a file.
     *
     * @param node the node
     * @param mask as of {@code access}: 4 to read, 2 to write, 1 to execute, 0 for being there
     * @throws FuseException EACCES when not; ENOSYS when the server leaves that to the mode
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void checkAccess(long node, int mask) throws IOException {
        connection.call(FuseOpcode.ACCESS, node).u32(mask).u32(0).done();
    }

    /**
     * {@return how much room there is}
     *
     * @param node any node of the file system
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FileSystemSpace space(long node) throws IOException {
        return FileSystemSpace.read(
                connection.call(FuseOpcode.STATFS, node).answer(FileSystemSpace.BYTES));
    }

    /**
     * Has everything written to the disk that was written to the share.
     *
     * @throws FuseException ENOSYS when the server cannot, or speaks a protocol before 7.34
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void sync() throws IOException {
        if (session.minor() < SYNCFS_SINCE) {
            throw new FuseException(FuseOpcode.SYNCFS, Errno.ENOSYS.number());
        }
        connection.call(FuseOpcode.SYNCFS, FuseClient.ROOT).u64(0).done();
    }

    private static FuseEntry entry(FuseCall call) throws IOException {
        FuseEntry entry = FuseEntry.read(call.answer(FuseEntry.BYTES));
        if (entry == null) {
            throw new FuseException(call.opcode, Errno.ENOENT.number());
        }
        return entry;
    }

    private static FuseEntry created(FuseCall call) throws IOException {
        FuseEntry entry = FuseEntry.read(call.answer(FuseEntry.BYTES));
        if (entry == null) {
            throw new FuseProtocolException(call.opcode, "what was made has node 0");
        }
        return entry;
    }

    private static KnownAttributes known(FuseCall call) throws IOException {
        return KnownAttributes.read(call.answer(KnownAttributes.BYTES));
    }
}
