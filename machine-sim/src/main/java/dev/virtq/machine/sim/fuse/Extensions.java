package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.TreeNode;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What follows the names of a request that makes a file: the security contexts that the file is to
 * have from the start, where SECURITY_CTX was agreed on, which become extended attributes; and the
 * groups that its maker is in beside his own, where CREATE_SUPP_GROUP was.
 */
final class Extensions {
    private static final int HEADER = 8;
    private static final int UNIT = 8;

    /** The most contexts of a file; the type of any other extension is larger. */
    private static final int MOST = 31;

    private static final int GROUPS = 32;

    /** Before it, the header of a request does not say how long its extensions are. */
    private static final int LENGTH_TOLD_SINCE = 38;

    private final Map<String, byte[]> contexts = new LinkedHashMap<>();
    private final Set<Integer> groups = new HashSet<>();
    private boolean labelled;

    private Extensions() {}

    /** Reads all there are behind the last name; what was not agreed on is not looked at. */
    static Extensions read(FuseRequest request, Session session) throws FileError {
        Extensions extensions = new Extensions();
        boolean labels = session.has(InitFlag.SECURITY_CTX);
        boolean grouped = session.has(InitFlag.CREATE_SUPP_GROUP);
        if (!labels && !grouped) {
            return extensions;
        }
        if (session.minor() >= LENGTH_TOLD_SINCE
                && request.extensionUnits() * UNIT != request.left()) {
            throw Errno.EINVAL.error();
        }
        while (request.left() > 0) {
            extensions.readNext(request, labels, grouped);
        }
        if (labels != extensions.labelled) { // a file without a label says so
            throw Errno.EINVAL.error();
        }
        return extensions;
    }

    /** {@code struct fuse_secctx_header}, or another {@code struct fuse_ext_header}. */
    private void readNext(FuseRequest request, boolean labels, boolean grouped) throws FileError {
        int before = request.left();
        int size = request.u32();
        int type = request.u32();
        if (size < HEADER || size > before || size % UNIT != 0) {
            throw Errno.EINVAL.error();
        }
        if (Integer.compareUnsigned(type, MOST) <= 0 && labels && !labelled) {
            labelled = true;
            for (int i = 0; i < type; i++) {
                readContext(request, before);
            }
        } else if (type == GROUPS && grouped) {
            int count = request.u32();
            for (int i = 0; i < count; i++) {
                groups.add(request.u32());
            }
        } else {
            throw Errno.EINVAL.error();
        }
        int rest = size - (before - request.left());
        if (rest < 0 || rest >= UNIT) {
            throw Errno.EINVAL.error();
        }
        request.skip(rest);
    }

    private void readContext(FuseRequest request, int start) throws FileError {
        int length = request.u32();
        request.skip(Integer.BYTES);
        String name = new String(request.string(), StandardCharsets.ISO_8859_1);
        contexts.put(name, request.bytes(length));
        request.skip((request.left() - start) & (UNIT - 1)); // to a multiple of 8 from there
    }

    /** {@return the caller, as a member of more groups} */
    Caller of(Caller caller) {
        return new Caller(caller.user(), caller.group(), groups);
    }

    void label(TreeNode node) throws FileError {
        for (Map.Entry<String, byte[]> context : contexts.entrySet()) {
            node.extended().set(context.getKey(), context.getValue());
        }
    }
}
