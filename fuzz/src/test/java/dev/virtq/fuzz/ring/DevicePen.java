package dev.virtq.fuzz.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.queue.ring.RingFormat;

/** What a device can write into a ring, in one format, at offsets written down anew. */
interface DevicePen {
    /** {@return the format} */
    RingFormat format();

    /** {@return a queue size} */
    int size(Input input);

    /** {@return the features that choose the format} */
    FeatureSet features();

    /** {@return whether positions are counted in slots, and not in chains} */
    boolean unitsAreSlots();

    /** Points the pen at a ring. */
    void aim(QueueSetup setup, FeatureSet accepted, FencedMemory memory);

    /** Writes what looks like something used, more or less where the driver looks next. */
    void use(Input input, DriverModel model);

    /** Writes something into what says when the device wants to be notified. */
    void suppress(Input input, DriverModel model);

    /**
     * {@return whether the device wants to hear of what was published, one position after the
     * other}
     */
    boolean wantsNotification(DriverModel model);

    /** {@return an id to be wrong or right with} */
    static int id(Input input, DriverModel model) {
        return switch (input.below(8)) {
            default ->
                    model.inFlight.isEmpty()
                            ? input.below(model.size + 1)
                            : input.pick(model.inFlight);
            case 1, 2 -> input.below(model.size + 2);
            case 3 -> input.i32();
        };
    }

    /** {@return a length to be wrong or right with} */
    static int length(Input input, DriverModel model, int id) {
        DriverModel.Sent sent = model.chains.get(id);
        int room = sent == null ? 0 : (int) sent.chain.writableBytes();
        return switch (input.below(8)) {
            case 0, 1 -> room;
            case 2 -> room + 1;
            case 3 -> input.i32();
            default -> input.below(room + 1);
        };
    }
}
