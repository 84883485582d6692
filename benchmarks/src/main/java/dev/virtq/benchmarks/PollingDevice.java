package dev.virtq.benchmarks;

import dev.virtq.queue.ring.DeviceRing;

/** A device that polls: it uses whatever is available, and publishes by the batch. */
final class PollingDevice implements Runnable {
    private final Loop loop;
    private final int batch;
    private volatile boolean running = true;

    PollingDevice(Loop loop, int batch) {
        this.loop = loop;
        this.batch = batch;
    }

    void stop() {
        running = false;
    }

    @Override
    public void run() {
        DeviceRing ring = loop.deviceEnd();
        ring.disableNotifications();
        int unpublished = 0;
        while (running) {
            if (ring.take()) {
                ring.use(ring.chain().id(), Long.BYTES);
                if (++unpublished < batch) {
                    continue;
                }
            } else if (unpublished == 0) {
                Thread.onSpinWait();
                continue;
            }
            ring.publish();
            ring.driverWantsNotification();
            unpublished = 0;
        }
    }
}
