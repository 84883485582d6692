package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.SHARED_LONG;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * A packed ring that a device has left, as what another one finds there. Used descriptors stand
 * where available ones stood, and not always their own: a device that uses chains out of order
 * writes over those that it keeps, and one that died over a batch has written over those behind the
 * first, which nobody has seen. What is in flight can be read from the ring only when all of it
 * still stands there as the driver has written it.
 */
final class WholeRing {
    private final MemorySegment descriptors;
    private final PackedChains chains;
    private final SentChains sent;

    WholeRing(MemorySegment descriptors, PackedChains chains, SentChains sent) {
        this.descriptors = descriptors;
        this.chains = chains;
        this.sent = sent;
    }

    /**
     * {@return the state in which a device begins with the oldest chain in flight; empty when what
     * is in flight cannot be read}
     *
     * @param used where the first descriptor is that was not used
     * @param available where the next one will be
     */
    OptionalInt resumeState(RingPosition used, RingPosition available) {
        if ((Rest.flags(rest(used)) & ROUND_FLAGS) == used.usedFlags()) {
            return OptionalInt.empty(); // used, and it could not be taken
        }
        int size = sent.size();
        int span = available.slot() - used.slot() + (available.wrap() == used.wrap() ? 0 : size);
        for (int id = 0; id < size; id++) {
            if (sent.isInFlight(id) && !stands(id, used, span)) {
                return OptionalInt.empty();
            }
        }
        return OptionalInt.of(used.encoded() << 16 | used.encoded());
    }

    private boolean stands(int id, RingPosition used, int span) {
        int size = sent.size();
        int slot = sent.slot(id);
        int behind = slot - used.slot();
        if (behind < 0) {
            behind += size;
        }
        int slots = sent.slots(id);
        if (behind + slots > span) {
            return false; // in front of what was used: the device has not kept to their order
        }
        RingPosition at = RingPosition.decode(size, used.encoded());
        at.advance(behind);
        long[] image = chains.image(id);
        for (int i = 0; i < slots; i++) {
            long rest = image[2 * i + 1] | (long) at.availableFlags() << 48;
            long address = descriptors.get(UNALIGNED_LONG, PackedLayout.address(at.slot()));
            if (rest(at) != rest || address != image[2 * i]) {
                return false;
            }
            at.advance(1);
        }
        return true;
    }

    private long rest(RingPosition at) {
        return (long) SHARED_LONG.getAcquire(descriptors, PackedLayout.rest(at.slot()));
    }
}
