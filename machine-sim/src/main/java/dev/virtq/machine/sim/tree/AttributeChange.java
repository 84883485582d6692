package dev.virtq.machine.sim.tree;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is to become of a file; what is {@code null} stays.
 *
 * @param mode permissions
 * @param owner number of the owner
 * @param group number of the group
 * @param size in bytes
 * @param accessed when it was read last
 * @param modified when its contents were changed last
 */
public record AttributeChange(
        @Nullable Integer mode,
        @Nullable Integer owner,
        @Nullable Integer group,
        @Nullable Long size,
        @Nullable Instant accessed,
        @Nullable Instant modified) {
    /**
     * {@return a change of the permissions alone}
     *
     * @param mode permissions
     */
    public static AttributeChange ofMode(int mode) {
        return new AttributeChange(mode, null, null, null, null, null);
    }

    /**
     * {@return a change of the size alone}
     *
     * @param bytes the new size
     */
    public static AttributeChange ofSize(long bytes) {
        return new AttributeChange(null, null, null, bytes, null, null);
    }
}
