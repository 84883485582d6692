package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.SnapshotOfGarbageContract;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A picture can be taken of anything, as a guest may have left it. */
@Timeout(60)
class SnapshotOfGarbageTest extends SnapshotOfGarbageContract implements PackedRing {
    private static final FeatureSet ALL =
            FeatureSet.of(
                    CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    @Override
    protected void writeNonsense(QueueSetup setup, DmaMemory memory, Random random) {
        RawRing raw = new RawRing(setup, memory);
        int size = setup.size();
        for (int slot = 0; slot < size; slot++) {
            raw.put(
                    slot,
                    BothEnds.DEVICE_ADDRESS + random.nextInt(1 << 20),
                    16L * random.nextInt(64),
                    random.nextInt(size + size / 8 + 1),
                    random.nextInt(8)
                            | (slot < size / 2 ? RawRing.AVAIL : RawRing.USED)
                            | (random.nextInt(9) == 0 ? RawRing.USED : 0));
        }
    }

    @Override
    protected void checkOwnPicture(QueueSnapshot picture) {
        assertThat(picture.indices().available()).isEqualTo(2);
    }

    @Test
    void aFullRingOfTheLargestSizeIsShownInTime() {
        RingPair ring = new RingPair(32768, ALL, IndirectUse.NEVER, RingPair.memory(2 << 20));
        for (int id : ring.reserve(32768)) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        assertThat(ring.format.snapshot(0, ring.setup, ALL, ring.memory).chains()).hasSize(32768);
        while (ring.device.take()) {
            ring.device.use(ring.device.chain().id(), 0);
        }
        ring.device.publish();
        assertThat(ring.driver.snapshot().chains()).allMatch(it -> it.owner() == Owner.USED);
    }
}
