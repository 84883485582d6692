package dev.virtq.split;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.RingUnderTest;
import dev.virtq.ring.contract.WrittenDescriptor;
import dev.virtq.split.RawRing.Descriptor;
import java.util.ArrayList;
import java.util.List;

/** What the contracts have to know of the split ring. */
interface SplitRing extends RingUnderTest {
    @Override
    default RingFormat format() {
        return new SplitFormat();
    }

    @Override
    default String clauseOnUsedIds() {
        return "2.7.8";
    }

    @Override
    default String clauseOnUsedLength() {
        return "2.7.8.2#2";
    }

    @Override
    default String clauseOnChainLength() {
        return "2.7.5.3.1#3";
    }

    @Override
    default List<Extent> areas(QueueSetup setup) {
        int size = setup.size();
        return List.of(
                new Extent(setup.descriptorArea(), 16L * size),
                new Extent(setup.driverArea(), 6 + 2L * size),
                new Extent(setup.deviceArea(), 6 + 8L * size));
    }

    @Override
    default List<WrittenDescriptor> sendAndRead(BothEnds ring, int id) {
        ring.send(id);
        RawRing raw = new RawRing(ring.setup, ring.memory);
        List<WrittenDescriptor> walked = new ArrayList<>();
        Descriptor at = raw.descriptor(raw.availableEntry(raw.availableIndex() - 1));
        walked.add(written(at));
        while ((at.flags() & Descriptor.NEXT) != 0) {
            at = raw.descriptor(at.next());
            walked.add(written(at));
        }
        return walked;
    }

    private static WrittenDescriptor written(Descriptor descriptor) {
        return new WrittenDescriptor(
                descriptor.address(),
                descriptor.length(),
                (descriptor.flags() & Descriptor.INDIRECT) != 0);
    }
}
