package dev.virtq.queue.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.queue.QueueSnapshot;

/** A driver end whose device uses everything at once, in order, and that allocates nothing. */
public final class LoopRing implements DriverRing {
    private final int[] entries;
    private int reserved;
    private int staged;
    private int published;
    private int taken;
    private int judged;

    /**
     * Makes a ring.
     *
     * @param size how many entries
     */
    public LoopRing(int size) {
        entries = new int[size];
    }

    @Override
    public int size() {
        return entries.length;
    }

    @Override
    public boolean fits(FeatureSet accepted) {
        return true;
    }

    @Override
    public QueueSetup setup() {
        return new QueueSetup(entries.length, 0, 0, 0, 0);
    }

    @Override
    public int reserve(Chain chain) {
        return reserved++;
    }

    @Override
    public void release(int id) {}

    @Override
    public void rewrite(int id) {}

    @Override
    public void stage(int id) {
        entries[staged++ % entries.length] = id;
    }

    @Override
    public void unstage(int id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int publish() {
        int count = staged - published;
        published = staged;
        return count;
    }

    @Override
    public boolean deviceWantsNotification() {
        boolean wants = judged != published;
        judged = published;
        return wants;
    }

    @Override
    public int nextAvailable() {
        return published;
    }

    @Override
    public boolean isAnyUsed() {
        return taken != published;
    }

    @Override
    public int poll() {
        return taken == published ? NOTHING : entries[taken++ % entries.length];
    }

    @Override
    public long usedLength() {
        return 8;
    }

    @Override
    public boolean usedLengthIsAssumed() {
        return false;
    }

    @Override
    public boolean enableNotifications() {
        return taken != published;
    }

    @Override
    public void disableNotifications() {}

    @Override
    public int inFlight() {
        return published - taken;
    }

    @Override
    public int room() {
        return entries.length - reserved;
    }

    @Override
    public void restart() {}

    @Override
    public void free() {}

    @Override
    public void quarantine() {}

    @Override
    public QueueSnapshot snapshot() {
        throw new UnsupportedOperationException();
    }
}
