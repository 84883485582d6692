package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * What follows the names of a request that makes a file, where that was agreed on: the labels that
 * the file gets (SECURITY_CTX), and the group as whose member it is made (CREATE_SUPP_GROUP). Each
 * begins at a multiple of 8 bytes behind the first, and is as long as one.
 */
final class CreateExtensions {
    /** Before it, the header of a request does not say how long its extensions are. */
    private static final int LENGTH_TOLD_SINCE = 38;

    private static final int UNIT = 8;
    private static final int HEADER = 8; // struct fuse_secctx_header, struct fuse_ext_header
    private static final int CONTEXT = 8; // struct fuse_secctx
    private static final int GROUPS = 32; // FUSE_EXT_GROUPS
    private static final int ONE_GROUP = 16;

    private final FuseConnection connection;
    private final byte[] contexts;
    private final boolean tellsGroup;
    private final boolean tellsLength;

    CreateExtensions(FuseConnection connection, FuseSession session) {
        this.connection = connection;
        contexts =
                session.has(FuseFlag.SECURITY_CTX)
                        ? encode(connection.options().securityContexts())
                        : new byte[0];
        tellsGroup = session.has(FuseFlag.CREATE_SUPP_GROUP);
        tellsLength = session.minor() >= LENGTH_TOLD_SINCE;
    }

    /** Puts them behind the last name of a request. */
    FuseCall append(FuseCall call) throws IOException {
        byte[] group = tellsGroup ? group(call.node) : new byte[0];
        call.bytes(contexts).bytes(group);
        return tellsLength ? call.extendedBy((contexts.length + group.length) / UNIT) : call;
    }

    /** All contexts, behind one header that counts them. */
    private static byte[] encode(List<SecurityContext> contexts) {
        MessageWriter each = new MessageWriter();
        for (SecurityContext context : contexts) {
            byte[] name = context.name().getBytes(StandardCharsets.UTF_8);
            byte[] value = context.value();
            int length = CONTEXT + name.length + 1 + value.length;
            each.u32(value.length).u32(0).name(name).bytes(value).zeros(-length & (UNIT - 1));
        }
        return new MessageWriter()
                .u32(HEADER + each.length())
                .u32(contexts.size())
                .bytes(each.toBytes())
                .toBytes();
    }

    /**
     * The group of the directory, when the caller is a member of it beside his own: the only one
     * that can make a difference, and the only one that servers take.
     */
    private byte[] group(long directory) throws IOException {
        int group = NodeCalls.attributes(connection, directory).attributes().group();
        FuseOptions caller = connection.options();
        Set<Integer> groups = caller.groups();
        if (group == caller.group() || !groups.contains(group)) {
            return new byte[0];
        }
        return new MessageWriter().u32(ONE_GROUP).u32(GROUPS).u32(1).u32(group).toBytes();
    }
}
