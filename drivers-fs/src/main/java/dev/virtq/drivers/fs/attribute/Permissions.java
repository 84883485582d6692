package dev.virtq.drivers.fs.attribute;

import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Permissions as bits of a mode, and back. */
public final class Permissions {
    private static final int HIGHEST = 0x100; // 0400

    /** From the highest bit down. */
    private static final List<PosixFilePermission> IN_ORDER =
            List.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE,
                    PosixFilePermission.GROUP_READ,
                    PosixFilePermission.GROUP_WRITE,
                    PosixFilePermission.GROUP_EXECUTE,
                    PosixFilePermission.OTHERS_READ,
                    PosixFilePermission.OTHERS_WRITE,
                    PosixFilePermission.OTHERS_EXECUTE);

    private Permissions() {}

    /**
     * {@return the permissions of a mode}
     *
     * @param mode as {@code st_mode}
     */
    public static Set<PosixFilePermission> of(int mode) {
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission permission : IN_ORDER) {
            if ((mode & bit(permission)) != 0) {
                set.add(permission);
            }
        }
        return set;
    }

    /**
     * {@return the bits of permissions}
     *
     * @param permissions the permissions
     */
    public static int mode(Set<?> permissions) {
        int mode = 0;
        for (Object permission : permissions) {
            mode |= bit((PosixFilePermission) Objects.requireNonNull(permission));
        }
        return mode;
    }

    private static int bit(PosixFilePermission permission) {
        return HIGHEST >> IN_ORDER.indexOf(permission);
    }

    /**
     * {@return the mode of something new}
     *
     * @param usual its mode where nothing is said
     * @param attributes what is said
     * @throws UnsupportedOperationException when it is anything but permissions
     */
    public static int initial(int usual, FileAttribute<?>... attributes) {
        int mode = usual;
        for (FileAttribute<?> attribute : attributes) {
            if (!attribute.name().equals("posix:permissions")
                    && !attribute.name().equals("unix:permissions")) {
                throw new UnsupportedOperationException(
                        "'%s' not supported as initial attribute".formatted(attribute.name()));
            }
            mode = mode((Set<?>) attribute.value());
        }
        return mode;
    }
}
