package dev.virtq.ring.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import java.util.List;

/**
 * What the contracts have to know of a format. What they ask for about the ring's bytes is answered
 * without the code under test, so that the two cannot be wrong together.
 */
public interface RingUnderTest {
    /** {@return the format} */
    RingFormat format();

    /** {@return the features by which a device and a driver choose this format; none by default} */
    default FeatureSet chosenBy() {
        return FeatureSet.EMPTY;
    }

    /** {@return the clause that a fault names where the device used an id that it may not} */
    String clauseOnUsedIds();

    /**
     * {@return the clause that a fault names where the device wrote more than there is room for}
     */
    String clauseOnUsedLength();

    /** {@return the clause that forbids a chain longer than the queue} */
    String clauseOnChainLength();

    /**
     * {@return the descriptor area, the driver area and the device area, in the sizes that the
     * layout gives them}
     *
     * @param setup where they are
     */
    List<Extent> areas(QueueSetup setup);

    /**
     * Sends a chain and reads its descriptors from the ring's bytes.
     *
     * @param ring the ring; the chain may be sent anywhere in it
     * @param id of a chain that is reserved
     * @return its descriptors in the descriptor area, in order
     */
    List<WrittenDescriptor> sendAndRead(BothEnds ring, int id);

    /**
     * {@return the smallest valid size that is not below the one that would be best}
     *
     * @param best how many entries
     */
    default int sizeFrom(int best) {
        int size = best;
        while (!format().isValidSize(size)) {
            size++;
        }
        return size;
    }

    /**
     * {@return what is accepted together with the features that choose the format; a format that
     * does not implement it skips the test, and says so}
     *
     * @param more the features that a test is about
     */
    default FeatureSet accepting(FeatureSet more) {
        assumeTrue(
                format().features().containsAll(more),
                () -> "the %s ring does not implement %s".formatted(format().name(), more));
        return chosenBy().union(more);
    }

    /**
     * Makes a ring.
     *
     * @param best how many entries; {@link #sizeFrom more} where the format cannot have that size
     * @param accepted the accepted features, beside those that choose the format
     * @param use when chains go into an indirect table
     * @param memory where it is
     * @return both of its ends
     */
    default BothEnds ring(int best, FeatureSet accepted, IndirectUse use, DmaMemory memory) {
        return new BothEnds(format(), sizeFrom(best), accepting(accepted), use, memory);
    }

    /**
     * Makes a ring in memory of its own.
     *
     * @param best how many entries, as in {@link #ring(int, FeatureSet, IndirectUse, DmaMemory)}
     * @param accepted the accepted features
     * @return both of its ends
     */
    default BothEnds ring(int best, Feature... accepted) {
        return ring(
                best, FeatureSet.of(accepted), IndirectUse.WHEN_IT_SAVES_SLOTS, BothEnds.memory());
    }

    /**
     * Makes a ring in memory of its own, where indirect tables are allowed.
     *
     * @param best how many entries, as in {@link #ring(int, FeatureSet, IndirectUse, DmaMemory)}
     * @param use when chains go into one
     * @return both of its ends
     */
    default BothEnds indirect(int best, IndirectUse use) {
        return ring(best, FeatureSet.of(CommonFeature.INDIRECT_DESC), use, BothEnds.memory());
    }
}
