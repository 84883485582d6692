package dev.virtq.benchmarks.ringtest;

import dev.virtq.queue.ring.DeviceRing;

/** A device that uses whatever it takes, and ends when it has had enough. */
final class DeviceSide implements Runnable {
    static final long WRITTEN = 1;

    private final DeviceRing ring;
    private final int batch;
    private final int cycles;
    private int taken;

    DeviceSide(DeviceRing ring, int batch, int cycles) {
        this.ring = ring;
        this.batch = batch;
        this.cycles = cycles;
    }

    /** {@return how many chains were taken; read when the thread has ended} */
    int taken() {
        return taken;
    }

    @Override
    public void run() {
        Cores.tieTo(1);
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
        taken = done;
    }
}
