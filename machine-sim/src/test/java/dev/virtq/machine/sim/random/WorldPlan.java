package dev.virtq.machine.sim.random;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.IndirectUse;
import java.util.List;
import java.util.Random;

/**
 * What one random world is like.
 *
 * @param number which of them
 * @param seed of everything that is random in it
 * @param size how many entries the queue has
 * @param withheld which features it does without
 * @param indirect when chains go into a table
 * @param batch how many chains the echo uses at a time
 * @param stepped whether the device works in the driver's thread, when it is told to
 */
record WorldPlan(
        int number,
        long seed,
        int size,
        FeatureSet withheld,
        IndirectUse indirect,
        int batch,
        boolean stepped) {
    /** Every combination of them is in one world of each kind. */
    private static final List<Feature> RING_FEATURES =
            List.of(
                    CommonFeature.RING_PACKED,
                    CommonFeature.IN_ORDER,
                    CommonFeature.EVENT_IDX,
                    CommonFeature.INDIRECT_DESC);

    /** Stepped, and with a thread for the device. */
    static final int COUNT = 2 << RING_FEATURES.size();

    private static final int MAX_SIZE = 32768;

    static WorldPlan of(int number, long seed) {
        Random random = new Random(seed * COUNT + number);
        FeatureSet withheld = FeatureSet.EMPTY;
        for (int i = 0; i < RING_FEATURES.size(); i++) {
            if ((number >> i & 1) == 0) {
                withheld = withheld.with(RING_FEATURES.get(i));
            }
        }
        for (Feature other :
                List.of(CommonFeature.NOTIFICATION_DATA, CommonFeature.NOTIF_CONFIG_DATA)) {
            if (random.nextBoolean()) {
                withheld = withheld.with(other);
            }
        }
        boolean packed = !withheld.contains(CommonFeature.RING_PACKED);
        IndirectUse[] uses = IndirectUse.values();
        return new WorldPlan(
                number,
                random.nextLong(),
                packed ? anySize(random) : 1 << random.nextInt(16),
                withheld,
                uses[random.nextInt(uses.length)],
                1 + random.nextInt(random.nextBoolean() ? 1 : 16),
                number < COUNT / 2);
    }

    boolean isPacked() {
        return !withheld.contains(CommonFeature.RING_PACKED);
    }

    boolean isInOrder() {
        return !withheld.contains(CommonFeature.IN_ORDER);
    }

    private static int anySize(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(8);
            case 1 -> 1 + random.nextInt(300);
            case 2 -> 1 + random.nextInt(MAX_SIZE);
            default -> MAX_SIZE - random.nextInt(2);
        };
    }

    @Override
    public String toString() {
        return "world %d: %s, %d entries, without %s, %s, batches of %d, %s"
                .formatted(
                        number,
                        isPacked() ? "packed" : "split",
                        size,
                        withheld,
                        indirect,
                        batch,
                        stepped ? "stepped" : "two threads");
    }
}
