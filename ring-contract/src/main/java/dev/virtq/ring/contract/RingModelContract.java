package dev.virtq.ring.contract;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.IndirectUse;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Driver end against device end, in random steps, with a model beside them that knows what has to
 * come out. The device inverts what it reads and writes as much of it as there is room for, in an
 * order of its own, or in batches where VIRTIO_F_IN_ORDER was accepted; so every byte that goes
 * round is accounted for.
 */
@Timeout(60)
public abstract class RingModelContract implements RingUnderTest {
    /** For the tests of a format. */
    protected RingModelContract() {}

    /** Which id the device finds on a chain that the driver knows by another one. */
    @FunctionalInterface
    public interface IdsInTheRing {
        /**
         * {@return the id that the next chain to be taken has in the ring}
         *
         * @param id by which the driver knows it
         * @param slots how many it has reserved
         * @param elements how many it has
         */
        int next(int id, int slots, int elements);
    }

    /**
     * {@return which ids the device finds; the driver's, unless a format says otherwise}
     *
     * @param ring the ring, of which nothing has been sent yet
     */
    protected IdsInTheRing idsInTheRing(BothEnds ring) {
        return (id, slots, elements) -> id;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, false, NEVER, false, false",
        "2, 2, false, WHEN_IT_SAVES_SLOTS, true, false",
        "3, 3, true, WHEN_IT_SAVES_SLOTS, true, true",
        "4, 5, true, WHEN_SLOTS_ARE_SHORT, false, false",
        "5, 7, true, NEVER, true, true",
        "6, 8, true, WHEN_SLOTS_ARE_SHORT, true, true",
        "7, 13, false, NEVER, false, true",
        "8, 64, false, NEVER, true, false",
        "9, 100, true, WHEN_SLOTS_ARE_SHORT, true, true",
        "10, 255, true, WHEN_IT_SAVES_SLOTS, true, false",
        "11, 1, false, NEVER, false, true",
        "12, 2, false, WHEN_IT_SAVES_SLOTS, true, true",
        "13, 8, true, WHEN_IT_SAVES_SLOTS, true, false",
        "14, 5, true, WHEN_SLOTS_ARE_SHORT, false, true",
        "15, 16, true, NEVER, true, false",
        "16, 64, true, WHEN_SLOTS_ARE_SHORT, true, false",
        "17, 64, false, NEVER, false, false",
        "18, 256, true, WHEN_IT_SAVES_SLOTS, true, true"
    })
    void everyByteThatGoesRoundIsAccountedFor(
            long seed,
            int best,
            boolean indirect,
            IndirectUse use,
            boolean eventIndex,
            boolean inOrder) {
        FeatureSet accepted = FeatureSet.EMPTY;
        accepted = indirect ? accepted.with(CommonFeature.INDIRECT_DESC) : accepted;
        accepted = eventIndex ? accepted.with(CommonFeature.EVENT_IDX) : accepted;
        accepted = inOrder ? accepted.with(CommonFeature.IN_ORDER) : accepted;
        BothEnds ring = ring(best, accepted, use, BothEnds.memory(4 << 20));
        System.out.printf(
                "random model of the %s ring, size %d, seed %d%n",
                format().name(), ring.driver.size(), seed);
        new RandomRun(seed, ring, idsInTheRing(ring)).play();
    }
}
