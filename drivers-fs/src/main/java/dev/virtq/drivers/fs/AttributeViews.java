package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.attribute.NamedAttributes;
import dev.virtq.drivers.fs.attribute.PosixView;
import dev.virtq.drivers.fs.attribute.Subject;
import dev.virtq.drivers.fs.attribute.UserView;
import java.nio.file.LinkOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.jspecify.annotations.Nullable;

/** The views of the attributes of one file. */
final class AttributeViews {
    private AttributeViews() {}

    /** {@return a view; null when there is none of the type} */
    static <V extends FileAttributeView> @Nullable V view(
            Location where, Class<V> type, LinkOption... options) {
        Subject subject = where.subject(Location.follows(options));
        int mount = where.system().number();
        if (type == BasicFileAttributeView.class) {
            return type.cast(new PosixView(subject, mount, "basic"));
        }
        if (type == PosixFileAttributeView.class) {
            return type.cast(new PosixView(subject, mount, "posix"));
        }
        if (type == FileOwnerAttributeView.class) {
            return type.cast(new PosixView(subject, mount, "owner"));
        }
        if (type == UserDefinedFileAttributeView.class) {
            return type.cast(new UserView(subject));
        }
        if (type == null) {
            throw new NullPointerException("the type of the view is null");
        }
        return null;
    }

    static NamedAttributes named(Location where, LinkOption... options) {
        return new NamedAttributes(
                where.subject(Location.follows(options)), where.system().number());
    }
}
