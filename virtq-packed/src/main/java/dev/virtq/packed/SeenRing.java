package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.AVAIL;
import static dev.virtq.packed.PackedLayout.NEXT;
import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.SHARED_INT;
import static dev.virtq.packed.PackedLayout.SHARED_LONG;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;

import java.util.ArrayList;
import java.util.List;

/** A packed ring as an onlooker saw it: copied once, so that all that is said of it fits. */
final class SeenRing {
    /**
     * Descriptors that belong together.
     *
     * @param first the first slot
     * @param slots how many there are
     * @param id the id in the last of them
     */
    record Run(int first, int slots, int id) {}

    private final int size;
    private final long[] addresses;
    private final long[] rests;
    private final int driverEvent;
    private final int deviceEvent;

    SeenRing(PackedAreas areas, int size) {
        this.size = size;
        addresses = new long[size];
        rests = new long[size];
        for (int slot = 0; slot < size; slot++) {
            rests[slot] =
                    (long) SHARED_LONG.getAcquire(areas.descriptors(), PackedLayout.rest(slot));
            addresses[slot] = areas.descriptors().get(UNALIGNED_LONG, PackedLayout.address(slot));
        }
        driverEvent = (int) SHARED_INT.getOpaque(areas.driverEvent(), 0L);
        deviceEvent = (int) SHARED_INT.getOpaque(areas.deviceEvent(), 0L);
    }

    int size() {
        return size;
    }

    long address(int slot) {
        return addresses[slot];
    }

    long rest(int slot) {
        return rests[slot];
    }

    int flags(int slot) {
        return Rest.flags(rests[slot]);
    }

    /** {@return the wrap counter of whoever wrote the descriptor last} Both sides write it so. */
    boolean round(int slot) {
        return (flags(slot) & AVAIL) != 0;
    }

    /** {@return whether the driver wrote the descriptor last} */
    boolean isAvailable(int slot) {
        int flags = flags(slot) & ROUND_FLAGS;
        return flags != 0 && flags != ROUND_FLAGS;
    }

    /** {@return whether the descriptor is as a ring starts} It looks used then, in round 0. */
    boolean isUntouched(int slot) {
        return rests[slot] == 0 && addresses[slot] == 0;
    }

    /** {@return what the driver wants to be told} */
    int driverEvent() {
        return driverEvent;
    }

    /** {@return what the device wants to be told} */
    int deviceEvent() {
        return deviceEvent;
    }

    /** {@return a slot of the ring, counted on from another, or back from it} */
    int slot(int from, int distance) {
        return Math.floorMod(from + distance, size);
    }

    /** {@return some slots, parted into runs where NEXT ends} The last may lack its end. */
    List<Run> runs(int from, int count) {
        List<Run> runs = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < count; i++) {
            int slot = slot(from, i);
            if ((flags(slot) & NEXT) == 0 || i + 1 == count) {
                runs.add(new Run(slot(from, start), i + 1 - start, Rest.id(rests[slot])));
                start = i + 1;
            }
        }
        return runs;
    }
}
