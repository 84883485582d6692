package dev.virtq.fuzz.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;

/** A driver end that does what another one does. */
class ForwardingDriverRing implements DriverRing {
    private final DriverRing ring;

    ForwardingDriverRing(DriverRing ring) {
        this.ring = ring;
    }

    @Override
    public int size() {
        return ring.size();
    }

    @Override
    public boolean fits(FeatureSet accepted) {
        return ring.fits(accepted);
    }

    @Override
    public QueueSetup setup() {
        return ring.setup();
    }

    @Override
    public int reserve(Chain chain) {
        return ring.reserve(chain);
    }

    @Override
    public void release(int id) {
        ring.release(id);
    }

    @Override
    public void rewrite(int id) {
        ring.rewrite(id);
    }

    @Override
    public void stage(int id) {
        ring.stage(id);
    }

    @Override
    public void unstage(int id) {
        ring.unstage(id);
    }

    @Override
    public int publish() {
        return ring.publish();
    }

    @Override
    public boolean deviceWantsNotification() {
        return ring.deviceWantsNotification();
    }

    @Override
    public int nextAvailable() {
        return ring.nextAvailable();
    }

    @Override
    public boolean isAnyUsed() {
        return ring.isAnyUsed();
    }

    @Override
    public int poll() {
        return ring.poll();
    }

    @Override
    public long usedLength() {
        return ring.usedLength();
    }

    @Override
    public boolean usedLengthIsAssumed() {
        return ring.usedLengthIsAssumed();
    }

    @Override
    public boolean enableNotifications() {
        return ring.enableNotifications();
    }

    @Override
    public void disableNotifications() {
        ring.disableNotifications();
    }

    @Override
    public int inFlight() {
        return ring.inFlight();
    }

    @Override
    public int room() {
        return ring.room();
    }

    @Override
    public void restart() {
        ring.restart();
    }

    @Override
    public void free() {
        ring.free();
    }

    @Override
    public void quarantine() {
        ring.quarantine();
    }

    @Override
    public QueueSnapshot snapshot() {
        return ring.snapshot();
    }
}
