package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The extended attributes of a file of the host, those of users: their names begin with {@code
 * user.}, which the JDK leaves out, and are ASCII here, since the JDK takes them for text.
 */
final class HostExtendedAttributes implements ExtendedAttributes {
    private static final String PREFIX = "user.";

    private final UserDefinedFileAttributeView view;

    HostExtendedAttributes(Path path) {
        view =
                Files.getFileAttributeView(
                        path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public List<String> names() throws FileError {
        List<String> names = new ArrayList<>();
        try {
            for (String name : view.list()) {
                if (isAscii(name)) {
                    names.add(PREFIX + name);
                }
            }
        } catch (IOException e) {
            throw FileError.of(e);
        }
        return names;
    }

    @Override
    public byte[] get(String name) throws FileError {
        String own = own(name);
        try {
            ByteBuffer value = ByteBuffer.allocate(view.size(own));
            view.read(own, value);
            return Arrays.copyOf(value.array(), value.position());
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    @Override
    public void set(String name, byte[] value) throws FileError {
        String own = own(name);
        HostNode.run(() -> view.write(own, ByteBuffer.wrap(value)));
    }

    @Override
    public void remove(String name) throws FileError {
        String own = own(name);
        HostNode.run(() -> view.delete(own));
    }

    private static String own(String name) throws FileError {
        if (!name.startsWith(PREFIX) || name.equals(PREFIX) || !isAscii(name)) {
            throw Errno.EOPNOTSUPP.error();
        }
        return name.substring(PREFIX.length());
    }

    private static boolean isAscii(String name) {
        return name.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }
}
