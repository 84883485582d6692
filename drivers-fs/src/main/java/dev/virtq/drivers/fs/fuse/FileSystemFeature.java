package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.Feature;

/** The feature bits of a file system device (virtio 1.4, section 5.11.3). */
public enum FileSystemFeature implements Feature {
    /** The device has a notification queue. */
    NOTIFICATION(0);

    private final int bit;

    FileSystemFeature(int bit) {
        this.bit = bit;
    }

    @Override
    public int bit() {
        return bit;
    }
}
