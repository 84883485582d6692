package dev.virtq.split;

import dev.virtq.queue.QueueSnapshot.Owner;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What only the driver knows of its ring, for a picture of it.
 *
 * @param chains which chains are reserved, and where they are
 * @param order which of them are in the ring
 * @param usedChains what was read of the used ring
 * @param staged how many chains it has staged
 * @param published how many of them the device can see
 * @param taken how many used chains it has taken
 */
record DriverSide(
        SplitChains chains,
        StagedOrder order,
        UsedChains usedChains,
        long staged,
        long published,
        long taken) {

    /**
     * Whose each chain is, by its head. A chain that has no descriptors, as when it is prepared
     * under VIRTIO_F_IN_ORDER, is nowhere in the ring, and so it is not in the picture.
     *
     * @param used the used index, as read
     * @param lengths takes the used lengths that the device has told
     */
    Map<Integer, Owner> owners(
            SplitRings rings, int used, Map<Integer, Long> lengths, List<String> anomalies) {
        Map<Integer, Owner> owners = new TreeMap<>();
        for (int id = 0; id < chains.size; id++) {
            if (chains.isReserved(id)) {
                Owner owner = owner(order.countOf(id));
                int head = chains.headOf(id, owner != Owner.PREPARED);
                if (head != SplitChains.NONE) {
                    owners.put(head, owner);
                }
            }
        }
        int waiting = (used - (int) taken) & 0xffff;
        if (waiting > chains.size) {
            anomalies.add(
                    "the used index, %d, is %d ahead of the driver (2.7.8)"
                            .formatted(used, waiting));
            return owners;
        }
        UsedEntries entries = new UsedEntries(rings, owners, lengths, anomalies);
        switch (usedChains) {
            case UsedInAnyOrder _ -> {
                for (long at = taken; at < taken + waiting; at++) {
                    entries.one(at);
                }
            }
            case UsedInOrder inOrder -> markBatches(inOrder, taken + waiting, entries);
        }
        return owners;
    }

    private Owner owner(long count) {
        return count >= staged ? Owner.PREPARED : count >= published ? Owner.STAGED : Owner.DEVICE;
    }

    private void markBatches(UsedInOrder inOrder, long end, UsedEntries entries) {
        long at = taken;
        if (at < inOrder.batchEnd()) { // the driver is in the middle of one
            at = markBatch(at, inOrder.batchEnd(), inOrder.batchLength(), entries);
        }
        while (at < end) {
            int head = entries.head(at);
            long count = head == SplitChains.NONE ? end : order.countOf(chains.idOf(head));
            if (count >= end) {
                entries.fault(at);
                return; // where the next entry would be is not known
            }
            at = markBatch(at, count + 1, entries.length(at), entries);
        }
    }

    private long markBatch(long from, long end, long length, UsedEntries entries) {
        for (long at = from; at < end; at++) {
            entries.mark(chains.headOf(order.idAt(at), true));
        }
        entries.tell(chains.headOf(order.idAt(end - 1), true), length);
        return end;
    }

    /** The entries of the used ring that the driver has not yet taken. */
    private record UsedEntries(
            SplitRings rings,
            Map<Integer, Owner> owners,
            Map<Integer, Long> lengths,
            List<String> anomalies) {

        void one(long at) {
            int head = head(at);
            if (head == SplitChains.NONE) {
                fault(at);
            } else {
                mark(head);
                tell(head, length(at));
            }
        }

        /** {@return the head in an entry, when the device has that chain; else NONE} */
        int head(long at) {
            int head = rings.usedId((int) at);
            return owners.get(head) == Owner.DEVICE ? head : SplitChains.NONE;
        }

        long length(long at) {
            return rings.usedLength((int) at);
        }

        void mark(int head) {
            owners.put(head, Owner.USED);
        }

        void tell(int head, long length) {
            lengths.put(head, length);
        }

        void fault(long at) {
            anomalies.add(
                    "used entry %d names chain %s, which is not in flight (2.7.8)"
                            .formatted(
                                    rings.slot((int) at),
                                    Integer.toUnsignedString(rings.usedId((int) at))));
        }
    }
}
