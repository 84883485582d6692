package dev.virtq.e2e;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.MachineOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * What the rings of a network device are to be like.
 *
 * @param machine which machine the device is in
 * @param packed whether the rings are packed
 * @param inOrder whether buffers are used in order
 * @param indirect whether there are indirect tables
 * @param eventIndex whether notifications are suppressed up to an index
 * @param size how many entries; {@link #MAXIMUM} for as many as the device takes
 * @param frames how many frames go to and fro
 */
record NetRing(
        String machine,
        boolean packed,
        boolean inOrder,
        boolean indirect,
        boolean eventIndex,
        int size,
        int frames) {
    static final int MAXIMUM = 32768;

    /** A few rounds of the largest ring. */
    private static final int SOME = 5_000;

    /** More than an index of 16 bits counts. */
    private static final int MANY = 70_000;

    private static final int[] SIZES = {4, 64, 256, MAXIMUM};

    /**
     * {@return the rings to try on a machine} Each size, and each choice of indirect and event
     * index, comes once with each format, in order and not: 8 rings, or 16.
     */
    static List<NetRing> on(String machine, boolean knowsInOrder) {
        List<NetRing> rings = new ArrayList<>();
        for (boolean inOrder : knowsInOrder ? new boolean[] {false, true} : new boolean[] {false}) {
            for (boolean packed : new boolean[] {false, true}) {
                for (int i = 0; i < SIZES.length; i++) {
                    int choice = (i + (packed ? 1 : 0) + (inOrder ? 2 : 0)) % 4;
                    rings.add(
                            new NetRing(
                                    machine,
                                    packed,
                                    inOrder,
                                    (choice & 1) == 0,
                                    (choice & 2) == 0,
                                    SIZES[i],
                                    SIZES[i] == 64 ? MANY : SOME));
                }
            }
        }
        return rings;
    }

    MachineOptions options() {
        MachineOptions options = MachineOptions.DEFAULT.offering(wanted()).withholding(unwanted());
        // The most that QEMU's device can be told to take; a small ring is the driver's choice.
        return size == MAXIMUM ? options.withQueueSize(1024) : options;
    }

    /** {@return the features of rings that must have been accepted} */
    FeatureSet accepted() {
        FeatureSet accepted = wanted().with(CommonFeature.VERSION_1).with(CommonFeature.RING_RESET);
        if (indirect) {
            accepted = accepted.with(CommonFeature.INDIRECT_DESC);
        }
        return eventIndex ? accepted.with(CommonFeature.EVENT_IDX) : accepted;
    }

    private FeatureSet wanted() {
        FeatureSet wanted = FeatureSet.EMPTY;
        if (packed) {
            wanted = wanted.with(CommonFeature.RING_PACKED);
        }
        return inOrder ? wanted.with(CommonFeature.IN_ORDER) : wanted;
    }

    private FeatureSet unwanted() {
        FeatureSet unwanted = FeatureSet.EMPTY;
        if (!indirect) {
            unwanted = unwanted.with(CommonFeature.INDIRECT_DESC);
        }
        return eventIndex ? unwanted : unwanted.with(CommonFeature.EVENT_IDX);
    }

    /** {@return what it is, in the words that QEMU has for it} */
    @Override
    public String toString() {
        return "%s: %s, %s, indirect_desc=%s, event_idx=%s, %s, %d frames"
                .formatted(
                        machine,
                        packed ? "packed=on" : "split",
                        inOrder ? "in_order=on" : "in_order=off",
                        indirect ? "on" : "off",
                        eventIndex ? "on" : "off",
                        size == MAXIMUM ? "the device's largest queues" : "queues of " + size,
                        frames);
    }
}
