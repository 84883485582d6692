package dev.virtq.packed;

import dev.virtq.packed.SeenRing.Run;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How far driver and device are, concluded from a ring alone: the wrap counters are in nobody's
 * memory but theirs (virtio 1.4, section 2.8.1).
 *
 * <p>The driver's place can be seen: it writes every slot in every round, AVAIL is the round's wrap
 * counter whether the device has used the descriptor or not, and so AVAIL changes once around the
 * ring, where the driver goes on. The device's place can be guessed. It marks the first slot only
 * of what it uses; what follows it looks available as before, and may be the rest of the same chain
 * (or batch), or the next chain.
 *
 * @param available the driver's next slot
 * @param driverWrap the driver's wrap counter
 * @param used the device's next slot
 * @param deviceWrap the device's wrap counter
 * @param outstanding how many slots are between them
 */
record InferredPositions(
        int available, boolean driverWrap, int used, boolean deviceWrap, int outstanding) {

    static InferredPositions of(SeenRing ring, boolean inOrder, List<String> anomalies) {
        int changes = 0;
        int boundary = 0;
        for (int slot = 1; slot < ring.size(); slot++) {
            if (ring.round(slot) != ring.round(slot - 1)) {
                changes++;
                boundary = boundary == 0 ? slot : boundary;
            }
        }
        if (changes > 1) {
            anomalies.add(
                    "AVAIL changes %d times along the ring (expected: at most once; 2.8.1)"
                            .formatted(changes));
        }
        boolean driverWrap = (boundary != 0) == ring.round(0);
        int outstanding = outstanding(ring, boundary, inOrder);
        int used = boundary - outstanding;
        return used >= 0
                ? new InferredPositions(boundary, driverWrap, used, driverWrap, outstanding)
                : new InferredPositions(
                        boundary, driverWrap, used + ring.size(), !driverWrap, outstanding);
    }

    private static int outstanding(SeenRing ring, int available, boolean inOrder) {
        int candidates = 0;
        while (candidates < ring.size()
                && ring.isAvailable(ring.slot(available, -1 - candidates))) {
            candidates++;
        }
        List<Run> runs = ring.runs(ring.slot(available, -candidates), candidates);
        return candidates
                - (candidates == ring.size()
                        ? sentAgainSince(runs)
                        : restOfTheLastUsed(
                                ring, ring.slot(available, -1 - candidates), runs, inOrder));
    }

    /** {@return how many slots are what is left of the used chain or batch before them} */
    private static int restOfTheLastUsed(
            SeenRing ring, int usedSlot, List<Run> runs, boolean inOrder) {
        int slots = 0;
        for (Run run : runs) {
            slots += run.slots();
            if (run.id() == Rest.id(ring.rest(usedSlot)) && !ring.isUntouched(usedSlot)) {
                // The same chain: its rest, or the whole of it, sent again. A device leaves the
                // address of a descriptor that it uses, and no chain has an address twice.
                return ring.address(run.first()) == ring.address(usedSlot) ? 0 : slots;
            }
            if (!inOrder) {
                return 0; // another chain; only in a batch might it belong to what was used
            }
        }
        return 0;
    }

    /** {@return how many slots, the oldest first, must have been used: their ids come again} */
    private static int sentAgainSince(List<Run> runs) {
        Set<Integer> later = new HashSet<>();
        int slots = 0;
        for (Run run : runs.reversed()) {
            if (!later.add(run.id()) || slots > 0) {
                slots += run.slots();
            }
        }
        return slots;
    }
}
