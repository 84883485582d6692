package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.TreeNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Requests about what is in a directory. Where a name stands in it is its number, from 1 on. */
final class DirectoryCalls {
    /** Bytes of {@code struct fuse_dirent}, without the name. */
    private static final int ENTRY = 24;

    private static final List<String> FIRST = List.of(".", "..");

    private final Session session;

    DirectoryCalls(Session session) {
        this.session = session;
    }

    FuseAnswer opendir(FuseRequest request) throws FileError {
        request.skip(2 * Integer.BYTES);
        TreeNode node = session.node(request);
        Attributes attributes = node.attributes();
        if (!attributes.isDirectory()) {
            throw Errno.ENOTDIR.error();
        }
        request.caller().check(attributes, Caller.READ);
        long handle = session.handles().add(new Handles.Directory(request.node(), node));
        return new FuseAnswer().u64(handle).u32(0).u32(0);
    }

    FuseAnswer readdir(FuseRequest request, long room, boolean plus) throws FileError {
        Handles.Directory directory = session.handles().directory(request.u64(), request.node());
        long offset = request.u64();
        int size = (int) Math.min(Integer.toUnsignedLong(request.u32()), room);
        List<TreeNode.Entry> entries = directory.entries(offset == 0);
        long count = entries.size() + (long) FIRST.size();
        if (offset < 0 || offset > count) {
            throw Errno.EINVAL.error();
        }
        FuseAnswer answer = new FuseAnswer();
        for (int i = (int) offset; i < count; i++) {
            TreeNode.Entry entry = i < FIRST.size() ? null : entries.get(i - FIRST.size());
            byte[] name =
                    entry == null
                            ? FIRST.get(i).getBytes(StandardCharsets.ISO_8859_1)
                            : entry.name().bytes();
            int length = (plus ? AttributeLayout.ENTRY : 0) + ((ENTRY + name.length + 7) & ~7);
            if (answer.length() + length > size) {
                if (answer.length() == 0) {
                    throw Errno.EINVAL.error(); // not even one: nothing would mean the end
                }
                break;
            }
            write(answer, directory, entry, name, i + 1L, plus);
        }
        return answer;
    }

    private void write(
            FuseAnswer answer,
            Handles.Directory directory,
            TreeNode.@Nullable Entry entry,
            byte[] name,
            long next,
            boolean plus)
            throws FileError {
        if (plus) {
            writePlus(answer, directory, entry);
        }
        Attributes own = directory.tree().attributes();
        answer.u64(entry == null ? own.inode() : entry.inode())
                .u64(next)
                .u32(name.length)
                .u32(((entry == null ? own.mode() : entry.type()) >> 12) & 0xf)
                .bytes(name)
                .zeros(-(ENTRY + name.length) & 7);
    }

    /** {@code struct fuse_entry_out}: of node 0, with nothing known, where nothing is looked up. */
    private void writePlus(
            FuseAnswer answer, Handles.Directory directory, TreeNode.@Nullable Entry entry)
            throws FileError {
        try {
            if (entry != null) {
                TreeNode node = directory.tree().child(entry.name());
                Attributes attributes = node.attributes();
                long number = session.nodes().lookedUp(node);
                AttributeLayout.entry(answer, number, attributes, session.settings());
                return;
            }
        } catch (FileError e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESTALE) { // it has gone since
                throw e;
            }
        }
        answer.zeros(AttributeLayout.ENTRY);
    }

    FuseAnswer releasedir(FuseRequest request) throws FileError {
        long handle = request.u64();
        session.handles().directory(handle, request.node());
        session.handles().close(handle);
        return new FuseAnswer();
    }

    FuseAnswer fsyncdir(FuseRequest request) throws FileError {
        session.handles().directory(request.u64(), request.node());
        return new FuseAnswer(); // names are where they are at once
    }
}
