package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.ExtendedAttributes;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.Mode;
import dev.virtq.machine.sim.tree.TreeNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Requests about extended attributes: those of users, and security contexts. */
final class ExtendedAttributeCalls {
    private static final String USER = "user.";
    private static final String SECURITY = "security.";
    private static final int LONGEST_NAME = 255;
    private static final int LARGEST_VALUE = 1 << 16;
    private static final int CREATE = 1;
    private static final int REPLACE = 2;

    private final Session session;

    ExtendedAttributeCalls(Session session) {
        this.session = session;
    }

    FuseAnswer set(FuseRequest request) throws FileError {
        int size = request.u32();
        int flags = request.u32();
        if (session.has(InitFlag.SETXATTR_EXT)) {
            request.skip(2 * Integer.BYTES);
        }
        String name = name(request);
        if (size < 0 || size > LARGEST_VALUE) {
            throw Errno.E2BIG.error();
        }
        byte[] value = request.bytes(size);
        ExtendedAttributes attributes = writable(request, name);
        boolean there = attributes.names().contains(name);
        if (there && (flags & CREATE) != 0) {
            throw Errno.EEXIST.error();
        }
        if (!there && (flags & REPLACE) != 0) {
            throw Errno.ENODATA.error();
        }
        attributes.set(name, value);
        return new FuseAnswer();
    }

    FuseAnswer get(FuseRequest request) throws FileError {
        int size = request.u32();
        request.skip(Integer.BYTES);
        String name = name(request);
        TreeNode node = session.node(request);
        request.caller().check(node.attributes(), Caller.READ);
        return answer(node.extended().get(name), size);
    }

    FuseAnswer list(FuseRequest request) throws FileError {
        int size = request.u32();
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        for (String name : session.node(request).extended().names()) {
            names.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
            names.write(0);
        }
        return answer(names.toByteArray(), size);
    }

    FuseAnswer remove(FuseRequest request) throws FileError {
        String name = name(request);
        writable(request, name).remove(name);
        return new FuseAnswer();
    }

    /** {@return the value, or how long it is when there is no room for anything} */
    private static FuseAnswer answer(byte[] value, int size) throws FileError {
        if (size == 0) {
            return new FuseAnswer().u32(value.length).u32(0);
        }
        if (Integer.compareUnsigned(size, value.length) < 0) {
            throw Errno.ERANGE.error();
        }
        return new FuseAnswer().bytes(value);
    }

    private static String name(FuseRequest request) throws FileError {
        byte[] bytes = request.string();
        String name = new String(bytes, StandardCharsets.ISO_8859_1);
        if (bytes.length == 0 || bytes.length > LONGEST_NAME) {
            throw Errno.ERANGE.error();
        }
        if (!name.startsWith(USER) && !name.startsWith(SECURITY)) {
            throw Errno.EOPNOTSUPP.error();
        }
        return name;
    }

    private ExtendedAttributes writable(FuseRequest request, String name) throws FileError {
        TreeNode node = session.node(request);
        Attributes attributes = node.attributes();
        request.caller().check(attributes, Caller.WRITE);
        boolean takesThem = attributes.type() == Mode.REGULAR || attributes.isDirectory();
        if (name.startsWith(USER) && !takesThem) {
            throw Errno.EPERM.error();
        }
        if (name.startsWith(SECURITY) && !request.caller().isRoot()) {
            throw Errno.EPERM.error();
        }
        return node.extended();
    }
}
