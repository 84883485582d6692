package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.fuse.FuseOptions;
import java.time.Duration;

/**
 * How a share is mounted.
 *
 * @param fuse how the device is used, and as which user
 * @param caching whether names and attributes are remembered for as long as the server allows
 * @param umask permissions that nothing new gets, as of {@code umask}: 0 to 0777
 * @param watchInterval how long a watch service waits between two looks at a directory
 * @param name what the file system is called in URIs; empty for the device's tag
 */
public record MountOptions(
        FuseOptions fuse, boolean caching, int umask, Duration watchInterval, String name) {
    private static final int USUAL_UMASK = 0x12; // 022
    private static final int ALL_PERMISSIONS = 0x1ff; // 0777

    /** As root, with a cache, umask 022, a look each second, called as the device's tag says. */
    public static final MountOptions DEFAULT =
            new MountOptions(FuseOptions.DEFAULT, true, USUAL_UMASK, Duration.ofSeconds(1), "");

    /** Refuses a umask of more than permissions, and an interval of nothing. */
    public MountOptions {
        if ((umask & ~ALL_PERMISSIONS) != 0) {
            throw new IllegalArgumentException("umask 0%o (expected: 0 to 0777)".formatted(umask));
        }
        if (watchInterval.isNegative() || watchInterval.isZero()) {
            throw new IllegalArgumentException(
                    "an interval of %s (expected: more than nothing)".formatted(watchInterval));
        }
    }

    /**
     * {@return these options with another use of the device}
     *
     * @param options how the device is used
     */
    public MountOptions withFuse(FuseOptions options) {
        return new MountOptions(options, caching, umask, watchInterval, name);
    }

    /** {@return these options with nothing remembered: each question goes to the server} */
    public MountOptions withoutCache() {
        return new MountOptions(fuse, false, umask, watchInterval, name);
    }

    /**
     * {@return these options with another umask}
     *
     * @param bits permissions that nothing new gets
     */
    public MountOptions withUmask(int bits) {
        return new MountOptions(fuse, caching, bits, watchInterval, name);
    }

    /**
     * {@return these options with another interval of watch services}
     *
     * @param interval how long one waits between two looks
     */
    public MountOptions withWatchInterval(Duration interval) {
        return new MountOptions(fuse, caching, umask, interval, name);
    }

    /**
     * {@return these options with another name}
     *
     * @param called what the file system is called in URIs
     */
    public MountOptions withName(String called) {
        return new MountOptions(fuse, caching, umask, watchInterval, called);
    }
}
