package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.RingFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The ring formats that this program has, at their device ends. */
final class RingFormats {
    private final List<RingFormat> formats = new ArrayList<>();

    private RingFormats() {}

    static RingFormats installed() {
        RingFormats found = new RingFormats();
        ServiceLoader.load(RingFormat.class, RingFormat.class.getClassLoader())
                .forEach(found.formats::add);
        if (found.formats.isEmpty()) {
            throw new IllegalStateException(
                    "no ring format is installed; add virtq-split to the program's modules");
        }
        return found;
    }

    /** {@return what the formats serve together} */
    FeatureSet features() {
        return formats.stream()
                .map(RingFormat::features)
                .reduce(FeatureSet.EMPTY, FeatureSet::union);
    }

    /** {@return whether there is a format that serves these features, and allows that size} */
    boolean have(FeatureSet accepted, int maxQueueSize) {
        return chosenBy(accepted).filter(format -> format.isValidSize(maxQueueSize)).isPresent();
    }

    /**
     * Refuses a size that no format allows.
     *
     * @throws IllegalArgumentException when it is none
     */
    void checkSize(int size) {
        if (formats.stream().noneMatch(format -> format.isValidSize(size))) {
            boolean any = formats.stream().anyMatch(format -> format.isValidSize(3));
            throw new IllegalArgumentException(
                    "queue size %d (expected: %s)"
                            .formatted(size, any ? "1..32768" : "a power of two, at most 32768"));
        }
    }

    WatchedRing deviceEnd(
            int queue,
            QueueSetup setup,
            FeatureSet accepted,
            DmaMemory memory,
            Conduct conduct,
            ChainWitness witness) {
        RingFormat format = chosenBy(accepted).orElseThrow();
        if (!format.isValidSize(setup.size())) {
            throw new DriverFaultException(
                    "a %s queue of %d entries".formatted(format.name(), setup.size()), "2.6");
        }
        try {
            DeviceRing ring = format.createDeviceEnd(setup, accepted, memory);
            RawRing raw =
                    accepted.contains(CommonFeature.RING_PACKED)
                            ? new RawPackedRing(queue, setup, accepted, memory, ring)
                            : new RawSplitRing(queue, setup, memory, ring);
            return new WatchedRing(ring, raw, conduct, witness);
        } catch (IllegalArgumentException e) { // an address is the driver's fault, not the caller's
            throw new DriverFaultException(String.valueOf(e.getMessage()), "2.6");
        }
    }

    private Optional<RingFormat> chosenBy(FeatureSet accepted) {
        return formats.stream().filter(format -> format.isChosenBy(accepted)).findFirst();
    }
}
