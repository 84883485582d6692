package dev.virtq.drivers.fs.attribute;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.node.RefusedException;
import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.path.NameCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;

/** The view {@code user}: extended attributes whose names begin with {@code user.}. */
public final class UserView implements UserDefinedFileAttributeView {
    private static final String PREFIX = "user.";
    private static final int LONGEST_NAME = 255; // XATTR_NAME_MAX, with the prefix

    private static final int LARGEST_VALUE = 64 << 10; // XATTR_SIZE_MAX

    private final Subject subject;

    /**
     * Makes a view.
     *
     * @param subject of which file
     */
    public UserView(Subject subject) {
        this.subject = subject;
    }

    @Override
    public String name() {
        return "user";
    }

    @Override
    public List<String> list() throws IOException {
        return subject.with((share, node) -> share.client().xattrs().list(node.id())).stream()
                .map(NameCodec::decode)
                .filter(name -> name.startsWith(PREFIX))
                .map(name -> name.substring(PREFIX.length()))
                .toList();
    }

    byte[] value(String name) throws IOException {
        byte[] bytes = bytes(name);
        return subject.with((share, node) -> {
            try {
                return share.client().xattrs().get(node.id(), bytes);
            } catch (IOException e) {
                throw about(name, e);
            }
        });
    }

    @Override
    public int size(String name) throws IOException {
        return value(name).length;
    }

    @Override
    public int read(String name, ByteBuffer dst) throws IOException {
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        byte[] value = value(name);
        if (value.length > dst.remaining()) {
            throw new FileSystemException(
                    subject.toString(),
                    null,
                    "the attribute '%s' has %d bytes, and there is room for %d"
                            .formatted(name, value.length, dst.remaining()));
        }
        dst.put(value);
        return value.length;
    }

    @Override
    public int write(String name, ByteBuffer src) throws IOException {
        byte[] bytes = bytes(name);
        if (src.remaining() > LARGEST_VALUE) {
            throw about(name, new RefusedException(Errno.E2BIG));
        }
        byte[] value = new byte[src.remaining()];
        src.duplicate().get(value);
        subject.with((share, node) -> {
            try {
                share.client().xattrs().set(node.id(), bytes, value);
            } catch (IOException e) {
                throw about(name, e);
            } finally {
                node.changed();
            }
            return this;
        });
        src.position(src.limit());
        return value.length;
    }

    @Override
    public void delete(String name) throws IOException {
        byte[] bytes = bytes(name);
        subject.with((share, node) -> {
            try {
                share.client().xattrs().remove(node.id(), bytes);
            } catch (IOException e) {
                throw about(name, e);
            } finally {
                node.changed();
            }
            return this;
        });
    }

    private byte[] bytes(String name) throws IOException {
        byte[] bytes = NameCodec.encode(PREFIX + name);
        if (bytes.length > LONGEST_NAME) {
            throw new FileSystemException(
                    subject.toString(), null, "'%s' is too long for an attribute".formatted(name));
        }
        return bytes;
    }

    private IOException about(String name, IOException e) {
        Errno errno = ShareErrors.errno(e);
        if (errno == null) {
            return e;
        }
        String reason = "attribute '%s': %s".formatted(name, errno.text());
        FileSystemException translated = new FileSystemException(subject.toString(), null, reason);
        translated.initCause(e);
        return translated;
    }
}
