package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.fuse.OpenFlags;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** How a file is opened: the options, checked. */
public final class OpenModes {
    private final Set<StandardOpenOption> options;
    private final boolean noFollow;

    private OpenModes(Set<StandardOpenOption> options, boolean noFollow) {
        this.options = options;
        this.noFollow = noFollow;
    }

    /**
     * {@return the modes that options mean}
     *
     * @param given the options; none to read
     * @throws UnsupportedOperationException when one is unknown
     * @throws IllegalArgumentException when two of them do not go together
     */
    public static OpenModes of(Set<? extends OpenOption> given) {
        EnumSet<StandardOpenOption> options = EnumSet.noneOf(StandardOpenOption.class);
        boolean noFollow = false;
        for (OpenOption option : given) {
            Objects.requireNonNull(option);
            if (option instanceof StandardOpenOption standard) {
                options.add(standard);
            } else if (option == LinkOption.NOFOLLOW_LINKS) {
                noFollow = true;
            } else {
                throw new UnsupportedOperationException(option + " is not supported");
            }
        }
        if (!options.contains(StandardOpenOption.READ)
                && !options.contains(StandardOpenOption.WRITE)) {
            options.add(
                    options.contains(StandardOpenOption.APPEND)
                            ? StandardOpenOption.WRITE
                            : StandardOpenOption.READ);
        }
        if (options.contains(StandardOpenOption.APPEND)) {
            refuse(options, StandardOpenOption.READ);
            refuse(options, StandardOpenOption.TRUNCATE_EXISTING);
        }
        return new OpenModes(options, noFollow);
    }

    private static void refuse(Set<StandardOpenOption> options, StandardOpenOption one) {
        if (options.contains(one)) {
            throw new IllegalArgumentException(
                    "%s + APPEND not allowed (expected: one of them)".formatted(one));
        }
    }

    private boolean has(StandardOpenOption option) {
        return options.contains(option);
    }

    /** {@return whether it is read} */
    public boolean reads() {
        return has(StandardOpenOption.READ);
    }

    /** {@return whether it is written} */
    public boolean writes() {
        return has(StandardOpenOption.WRITE) || appends();
    }

    /** {@return whether it is written at its end only} */
    public boolean appends() {
        return has(StandardOpenOption.APPEND);
    }

    /** {@return whether it must not be there before} */
    public boolean isNew() {
        return writes() && has(StandardOpenOption.CREATE_NEW);
    }

    /** {@return whether it is made when it is not there} */
    public boolean creates() {
        return writes() && (has(StandardOpenOption.CREATE) || isNew());
    }

    /** {@return whether it is emptied} */
    public boolean truncates() {
        return writes() && has(StandardOpenOption.TRUNCATE_EXISTING);
    }

    /** {@return whether its name is taken away, so that it is gone when it is closed} */
    public boolean deletes() {
        return has(StandardOpenOption.DELETE_ON_CLOSE);
    }

    /** {@return whether a symbolic link is followed} */
    public boolean follows() {
        return !noFollow && !isNew() && !deletes();
    }

    /** {@return the same as flags of {@link OpenFlags}, but for what makes the file} */
    public int flags() {
        int flags = OpenFlags.READ_ONLY;
        if (writes()) {
            flags = reads() ? OpenFlags.READ_WRITE : OpenFlags.WRITE_ONLY;
        }
        if (appends()) {
            flags |= OpenFlags.APPEND;
        }
        if (has(StandardOpenOption.SYNC)) {
            flags |= OpenFlags.SYNC;
        } else if (has(StandardOpenOption.DSYNC)) {
            flags |= OpenFlags.DATA_SYNC;
        }
        return flags;
    }
}
