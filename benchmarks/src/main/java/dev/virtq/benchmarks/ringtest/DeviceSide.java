package dev.virtq.benchmarks.ringtest;

import dev.virtq.queue.ring.DeviceRing;

/** A device that uses whatever it takes, and ends when it has had enough. */
final class DeviceSide {
    static final long WRITTEN = 1;

    private final DeviceRing ring;
    private final int batch;

    DeviceSide(DeviceRing ring, int batch) {
        this.ring = ring;
        this.batch = batch;
    }

    /** {@return how many chains were taken, and used} */
    int use(int cycles) {
        int done = 0;
        int unpublished = 0;
        while (done < cycles || unpublished > 0) {
            if (ring.take()) {
                ring.use(ring.chain().id(), WRITTEN);
                done++;
                if (++unpublished < batch) {
                    continue;
                }
            } else if (unpublished == 0) {
                Thread.onSpinWait();
                continue;
            }
            ring.publish();
            unpublished = 0;
        }
        return done;
    }
}
