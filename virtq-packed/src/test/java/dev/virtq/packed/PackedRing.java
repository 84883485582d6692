package dev.virtq.packed;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.Extent;
import dev.virtq.packed.RawRing.Descriptor;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.RingUnderTest;
import dev.virtq.ring.contract.WrittenDescriptor;
import java.util.ArrayList;
import java.util.List;

/** What the contracts have to know of the packed ring. */
interface PackedRing extends RingUnderTest {
    @Override
    default RingFormat format() {
        return new PackedFormat();
    }

    @Override
    default FeatureSet chosenBy() {
        return FeatureSet.of(CommonFeature.RING_PACKED);
    }

    @Override
    default String clauseOnUsedIds() {
        return "2.8.13";
    }

    @Override
    default String clauseOnUsedLength() {
        return "2.8.4";
    }

    @Override
    default String clauseOnChainLength() {
        return "2.8.17#2";
    }

    @Override
    default List<Extent> areas(QueueSetup setup) {
        return List.of(
                new Extent(setup.descriptorArea(), 16L * setup.size()),
                new Extent(setup.driverArea(), 4),
                new Extent(setup.deviceArea(), 4));
    }

    @Override
    default List<WrittenDescriptor> sendAndRead(BothEnds ring, int id) {
        int slot = ring.driver.nextAvailable() & 0x7fff;
        ring.send(id);
        RawRing raw = new RawRing(ring.setup, ring.memory);
        List<WrittenDescriptor> list = new ArrayList<>();
        Descriptor at = raw.descriptor(slot);
        list.add(written(at));
        while ((at.flags() & RawRing.NEXT) != 0) {
            slot = (slot + 1) % ring.setup.size();
            at = raw.descriptor(slot);
            list.add(written(at));
        }
        return list;
    }

    private static WrittenDescriptor written(Descriptor descriptor) {
        return new WrittenDescriptor(
                descriptor.address(),
                descriptor.length(),
                (descriptor.flags() & RawRing.INDIRECT) != 0);
    }
}
