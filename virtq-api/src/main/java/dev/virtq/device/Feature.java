package dev.virtq.device;

import java.util.List;

/**
 * A feature bit of a device (virtio 1.4, section 2.2).
 *
 * <p>The bits that every device type shares are {@link CommonFeature}; a driver brings an enum of
 * its own for the bits of its device type.
 */
public interface Feature {
    /** {@return the number of the bit, 0 to 127} */
    int bit();

    /** {@return the standard's name without the prefix, as in {@code RING_PACKED}} */
    String name();

    /**
     * What must be accepted together with this feature: from each inner list at least one.
     *
     * @return the requirements; empty when the feature stands alone
     */
    default List<List<Feature>> requirements() {
        return List.of();
    }
}
