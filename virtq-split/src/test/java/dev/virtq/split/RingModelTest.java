package dev.virtq.split;

import dev.virtq.device.CommonFeature;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.RingModelContract;
import dev.virtq.testing.Clause;
import java.util.concurrent.atomic.AtomicInteger;

@Clause({"2.7.4.1#1", "2.7.8.2#1", "2.7.8.2#2", "2.7.9", "6.2#5"})
class RingModelTest extends RingModelContract implements SplitRing {
    /** Ids are heads, but in order, where heads go around the table. */
    @Override
    protected IdsInTheRing idsInTheRing(BothEnds ring) {
        if (!ring.accepted.contains(CommonFeature.IN_ORDER)) {
            return super.idsInTheRing(ring);
        }
        AtomicInteger next = new AtomicInteger();
        return (id, slots, elements) ->
                next.getAndUpdate(
                        head -> (head + (slots == 1 ? 1 : elements)) % ring.driver.size());
    }
}
