package dev.virtq.split;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.SnapshotOfGarbageContract;
import java.util.Random;

/** A picture can be taken of anything, as a guest may have left it. */
class SnapshotOfGarbageTest extends SnapshotOfGarbageContract implements SplitRing {
    @Override
    protected void writeNonsense(QueueSetup setup, DmaMemory memory, Random random) {
        RawRing raw = new RawRing(setup, memory);
        int size = setup.size();
        for (int slot = 0; slot < size; slot++) {
            raw.putDescriptor(
                    slot,
                    BothEnds.DEVICE_ADDRESS + random.nextInt(1 << 20),
                    16L * random.nextInt(64),
                    random.nextInt(8),
                    random.nextInt(size + size / 8 + 1));
            raw.availableEntry(slot, random.nextInt(size + 1));
        }
        raw.availableIndex(raw.usedIndex() + random.nextInt(size + 1));
    }

    /** They have no head before they are staged. */
    @Override
    protected boolean showsPreparedChainsInOrder() {
        return false;
    }
}
