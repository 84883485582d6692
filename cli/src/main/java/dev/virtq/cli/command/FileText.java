package dev.virtq.cli.command;

import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** How the attributes of a file are shown. */
final class FileText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
                    .withZone(ZoneId.systemDefault());
    private static final int TYPE = 0xf000;

    private FileText() {}

    /** As {@code ls -l} begins a line: {@code drwxr-xr-x}. */
    static String mode(int mode) {
        char type =
                switch (mode & TYPE) {
                    case 0x1000 -> 'p';
                    case 0x2000 -> 'c';
                    case 0x4000 -> 'd';
                    case 0x6000 -> 'b';
                    case 0xa000 -> 'l';
                    case 0xc000 -> 's';
                    default -> '-';
                };
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values(); // from the owner's to read on
        for (int bit = 0; bit < all.length; bit++) {
            if ((mode >>> (all.length - 1 - bit) & 1) != 0) {
                permissions.add(all[bit]);
            }
        }
        return type + PosixFilePermissions.toString(permissions);
    }

    static String time(Map<String, Object> attributes, String name) {
        return TIME.format(((FileTime) of(attributes, name)).toInstant());
    }

    static int integer(Map<String, Object> attributes, String name) {
        return ((Number) of(attributes, name)).intValue();
    }

    static long number(Map<String, Object> attributes, String name) {
        return ((Number) of(attributes, name)).longValue();
    }

    private static Object of(Map<String, Object> attributes, String name) {
        return Objects.requireNonNull(attributes.get(name), name);
    }
}
