package dev.virtq.split;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.BothEnds;

/** A ring with both ends, and its bytes. */
final class RingPair extends BothEnds {
    final RawRing raw;

    RingPair(int size, FeatureSet accepted, IndirectUse indirect, DmaMemory memory) {
        super(new SplitFormat(), size, accepted, indirect, memory);
        raw = new RawRing(setup, memory);
    }

    static RingPair of(int size, Feature... accepted) {
        return new RingPair(
                size, FeatureSet.of(accepted), IndirectUse.WHEN_IT_SAVES_SLOTS, memory());
    }

    static RingPair indirect(int size, IndirectUse use) {
        return new RingPair(size, FeatureSet.of(CommonFeature.INDIRECT_DESC), use, memory());
    }
}
