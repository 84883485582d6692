package dev.virtq.cli.session;

import dev.virtq.device.Feature;

/**
 * The feature bits of a block device (virtio 1.4, section 5.2.3), named so that they can be shown:
 * virtq has no driver for one.
 */
enum BlockFeature implements Feature {
    SIZE_MAX(1),
    SEG_MAX(2),
    GEOMETRY(4),
    RO(5),
    BLK_SIZE(6),
    FLUSH(9),
    TOPOLOGY(10),
    CONFIG_WCE(11),
    MQ(12),
    DISCARD(13),
    WRITE_ZEROES(14),
    LIFETIME(15),
    SECURE_ERASE(16),
    ZONED(17);

    private final int bit;

    BlockFeature(int bit) {
        this.bit = bit;
    }

    @Override
    public int bit() {
        return bit;
    }
}
