package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.TreeNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The security contexts that a new file is to have from the start, where SECURITY_CTX was agreed
 * on: they follow its name, and become extended attributes.
 */
final class SecurityContexts {
    private static final int HEADER = 8;

    /** The most contexts of a file; the type of any other extension is larger. */
    private static final int MOST = 31;

    private final Map<String, byte[]> values = new LinkedHashMap<>();

    private SecurityContexts() {}

    static SecurityContexts read(FuseRequest request, Session session) throws FileError {
        SecurityContexts contexts = new SecurityContexts();
        if (!session.has(InitFlag.SECURITY_CTX)) {
            return contexts;
        }
        while (request.left() >= HEADER) { // fuse_secctx_header, or another fuse_ext_header
            int size = request.u32();
            int count = request.u32();
            int rest = request.left() - (size - HEADER);
            if (size < HEADER || rest < 0) {
                throw Errno.EINVAL.error();
            }
            if (Integer.compareUnsigned(count, MOST) <= 0) {
                for (int i = 0; i < count; i++) {
                    contexts.readOne(request);
                }
            }
            if (request.left() < rest) {
                throw Errno.EINVAL.error();
            }
            request.skip(request.left() - rest);
            request.skip(Math.min(request.left(), -size & 7));
        }
        return contexts;
    }

    private void readOne(FuseRequest request) throws FileError {
        int before = request.left();
        int length = request.u32();
        request.skip(Integer.BYTES);
        String name = new String(request.string(), StandardCharsets.ISO_8859_1);
        values.put(name, request.bytes(length));
        request.skip(Math.min(request.left(), (request.left() - before) & 7));
    }

    void set(TreeNode node) throws FileError {
        for (Map.Entry<String, byte[]> value : values.entrySet()) {
            node.extended().set(value.getKey(), value.getValue());
        }
    }
}
