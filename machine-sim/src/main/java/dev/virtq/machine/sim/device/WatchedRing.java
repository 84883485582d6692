package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;

/**
 * The device end of a ring, whose device may be told to lie: what it gives back goes through the
 * mischief of the moment, and an honest device's straight on.
 *
 * <p>Not thread safe.
 */
final class WatchedRing implements DeviceRing {
    private final DeviceRing honest;
    private final RawRing raw;
    private final Conduct conduct;
    private final ChainWitness witness;

    WatchedRing(DeviceRing honest, RawRing raw, Conduct conduct, ChainWitness witness) {
        this.honest = honest;
        this.raw = raw;
        this.conduct = conduct;
        this.witness = witness;
    }

    /** {@return where the device would go on, as vhost encodes it} */
    int position() {
        return raw.position();
    }

    @Override
    public boolean take() {
        raw.putBack();
        boolean taken = honest.take();
        if (taken) {
            raw.taken(honest.chain());
            witness.taken(honest.chain().id());
        }
        return taken;
    }

    @Override
    public DeviceChain chain() {
        return honest.chain();
    }

    @Override
    public void use(int id, long length) {
        Mischief mischief = conduct.mischief();
        if (mischief == Mischief.NONE) {
            honest.use(id, length);
            raw.used(id);
            witness.used(id);
        } else {
            mischief.use(raw, id, length);
        }
    }

    @Override
    public void publish() {
        honest.publish();
        witness.published(position());
    }

    @Override
    public boolean driverWantsNotification() {
        boolean told = raw.takeTold(); // an honest end knows nothing of that
        return honest.driverWantsNotification() || told;
    }

    @Override
    public boolean enableNotifications() {
        return honest.enableNotifications();
    }

    @Override
    public void disableNotifications() {
        honest.disableNotifications();
    }
}
