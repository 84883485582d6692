package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.WorkDone;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A device that treats every chain of every queue alike: what {@link SimDevice} describes. */
final class TestDevice implements DeviceBehaviour {
    private static final int CONFIG_LENGTH = 8;

    private final DeviceType type;
    private final int batch;
    private final Work work = new Work();
    private final ChainService service;
    private final ConfigBytes config;

    /** For each queue: how many chains were served since the driver started the device. */
    private final long[] served;

    private int turn;

    TestDevice(SimDevice described) {
        type = described.kind().type();
        batch = described.batch();
        service =
                switch (described.kind()) {
                    case ECHO -> new ChainService.Echo(work);
                    case SINK -> new ChainService.Sink(work);
                    case SOURCE -> new ChainService.Source(work);
                };
        served = new long[described.queues()];
        config = new ConfigBytes(CONFIG_LENGTH, "2.5");
        byte[] name = type.name().getBytes(StandardCharsets.US_ASCII);
        config.change(fields ->
                MemorySegment.copy(MemorySegment.ofArray(name), 0, fields, 0, name.length));
    }

    WorkDone workDone() {
        return work.done();
    }

    @Override
    public DeviceType type() {
        return type;
    }

    @Override
    public FeatureSet features() {
        return FeatureSet.EMPTY;
    }

    @Override
    public int queueCount() {
        return served.length;
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public ConfigBytes config() {
        return config;
    }

    @Override
    public void begin(FeatureSet accepted) {}

    @Override
    public void reset() {
        Arrays.fill(served, 0);
        turn = 0;
    }

    /** Serves one chain; the queues take turns, so that a busy one does not starve the others. */
    @Override
    public boolean step(Queues queues) {
        for (int i = 0; i < served.length; i++) {
            turn = turn + 1 == served.length ? 0 : turn + 1;
            QueueEnd queue = queues.at(turn);
            if (queue != null && queue.take()) {
                long written = service.serve(queue.chain(), served[turn]++);
                work.used(written);
                queue.use(written);
                return true;
            }
        }
        return false;
    }
}
