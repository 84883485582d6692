package dev.virtq.machine.sim.hostile;

import dev.virtq.device.FeatureSet;

/**
 * A mischief that keeps what is sent on queue 1, beside what it does otherwise.
 *
 * @param other what it does otherwise
 */
record KeepsTheSecondQueue(Mischief other) implements Mischief {
    @Override
    public void use(HostileRing ring, int id, long length) {
        if (ring.queue() == 0) {
            other.use(ring, id, length);
        }
    }

    @Override
    public int status(int honest) {
        return other.status(honest);
    }

    @Override
    public boolean takesReset() {
        return other.takesReset();
    }

    @Override
    public boolean confirmsQueueReset(int queue) {
        return other.confirmsQueueReset(queue);
    }

    @Override
    public FeatureSet offeredFeatures(FeatureSet honest, int reads) {
        return other.offeredFeatures(honest, reads);
    }

    @Override
    public int maxQueueSize(int honest) {
        return other.maxQueueSize(honest);
    }

    @Override
    public int generation(int honest, int reads) {
        return other.generation(honest, reads);
    }

    @Override
    public int configRead(int honest, int reads) {
        return other.configRead(honest, reads);
    }

    @Override
    public boolean notification(boolean honest) {
        return other.notification(honest);
    }

    @Override
    public boolean configNotification(boolean honest) {
        return other.configNotification(honest);
    }
}
