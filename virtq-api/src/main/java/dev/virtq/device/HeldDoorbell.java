package dev.virtq.device;

/**
 * A doorbell that is not rung before the device runs: before DRIVER_OK the driver sends no
 * available buffer notifications (virtio 1.4, 3.1.1#14). Queues may be filled and flushed before;
 * the device hears of it when it has been started.
 */
final class HeldDoorbell implements Doorbell {
    private final Doorbell doorbell;
    private volatile boolean open;
    private boolean rung;
    private int last;

    HeldDoorbell(Doorbell doorbell) {
        this.doorbell = doorbell;
    }

    @Override
    public void ring(int next) {
        if (open || !keep(next)) {
            doorbell.ring(next);
        }
    }

    /** Rings if anybody did meanwhile, and from now on at once. */
    void letGo() {
        int next;
        synchronized (this) {
            open = true;
            if (!rung) {
                return;
            }
            rung = false;
            next = last;
        }
        doorbell.ring(next);
    }

    /** From now on the device hears nothing any more. */
    synchronized void hold() {
        open = false;
        rung = false;
    }

    private synchronized boolean keep(int next) {
        if (open) {
            return false;
        }
        rung = true;
        last = next;
        return true;
    }
}
