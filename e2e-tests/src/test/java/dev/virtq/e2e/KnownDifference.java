package dev.virtq.e2e;

import dev.virtq.e2e.BothFileSystems.Difference;
import java.util.regex.Pattern;

/** Where a share does not do what the default file system does, and why that is so. */
enum KnownDifference {
    /**
     * Links in a circle have an exception of their own, which the default provider does not use.
     */
    LOOPS(".*", "(File|IO).*Exception.*Too many levels of symbolic links.*", "FileSystemLoop.*"),

    /** A time before 1970 is set as it is; the default provider makes it 1970. */
    NEGATIVE_TIMES("setLastModifiedTime of .*", "1970-01-01T00:00:00Z", "1969-12-31T.*"),

    /**
     * A link that is copied to itself and replaced: the default provider deletes it, and then finds
     * it gone.
     */
    LINK_TO_ITSELF(
            "copy to link \\[REPLACE_EXISTING] of link", "NoSuchFileException of /link.*", "done"),

    /** Users and groups are numbers of the server's system, whose names nobody tells; 0 is root. */
    OWNERS_ARE_NUMBERS(
            "posix attributes .*",
            "\\[[rwx-]{9}, (?!root,)[^,]+, (?!root])[^,]+]",
            "\\[[rwx-]{9}, [1-9][0-9]*, [1-9][0-9]*]"),

    /**
     * Requests come from root, the only user whose requests a server without rights of its own
     * takes; so it says that root may write. Whoever does is refused.
     */
    MAY_WRITE_AS_ROOT("isWritable of script", "false", "true"),

    /**
     * The machine in this process makes a file, and opens it in a second step: who is not root may
     * not, when the file is made read-only.
     */
    MADE_READ_ONLY("copy to .* of script", "done", "AccessDeniedException of /script, .*");

    private final Pattern operation;
    private final Pattern local;
    private final Pattern share;

    KnownDifference(String operation, String local, String share) {
        this.operation = Pattern.compile(operation, Pattern.DOTALL);
        this.local = Pattern.compile(local, Pattern.DOTALL);
        this.share = Pattern.compile(share, Pattern.DOTALL);
    }

    static boolean explains(Difference difference) {
        for (KnownDifference known : values()) {
            if (known.operation.matcher(difference.operation()).matches()
                    && known.local.matcher(difference.local()).matches()
                    && known.share.matcher(difference.share()).matches()) {
                return true;
            }
        }
        return false;
    }
}
