package dev.virtq.split;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which chains the device has, concluded from the rings alone.
 *
 * <p>The indices tell how many. Which ones: the newest, when the device uses them in order; else a
 * head that stands more often in the available ring than in the used ring, as far back as both can
 * be seen. A chain that the device has kept for longer than that cannot be told from one that it
 * has used; so what is concluded is said to be.
 */
final class OutstandingChains {
    private static final int NONE = -1;

    private final SplitRings rings;
    private final int size;
    private final int available;
    private final int used;
    private final List<String> inferred;
    private final List<String> anomalies;

    /**
     * Looks at two rings.
     *
     * @param available the available index, as read
     * @param used the used index, as read; at most the size behind
     */
    OutstandingChains(
            SplitRings rings,
            int size,
            int available,
            int used,
            List<String> inferred,
            List<String> anomalies) {
        this.rings = rings;
        this.size = size;
        this.available = available;
        this.used = used;
        this.inferred = inferred;
        this.anomalies = anomalies;
    }

    /**
     * Which they are when the device accepted VIRTIO_F_IN_ORDER: the newest. What is in the used
     * ring is not looked at, since batches leave old entries there.
     */
    Set<Integer> newest(int count) {
        Set<Integer> heads = new LinkedHashSet<>();
        for (int i = count; i >= 1; i--) {
            int head = head(available - i);
            if (head != NONE && !heads.add(head)) {
                anomalies.add(
                        "chain %d was made available again and is not used (2.7.13)"
                                .formatted(head));
            }
        }
        return heads;
    }

    /** Which they are when the device may use chains in any order. */
    Set<Integer> guess(int count) {
        Set<Integer> heads = new LinkedHashSet<>();
        if (count == 0) {
            return heads;
        }
        int[] balance = new int[size];
        List<Integer> newestFirst = new ArrayList<>();
        int window = Math.max(count, Math.min(size, available));
        for (int i = 1; i <= window; i++) {
            int head = head(available - i);
            if (head != NONE) {
                balance[head]++;
                newestFirst.add(head);
            }
        }
        // The same window: what was used in order before it was made available before it, too.
        for (int i = 1; i <= window - count; i++) {
            int id = rings.usedId(used - i);
            if (id >= 0 && id < size) {
                balance[id]--;
            }
        }
        for (int head : newestFirst) {
            if (heads.size() < count && balance[head] > 0) {
                heads.add(head);
            }
        }
        inferred.add(
                "which chains the device has is concluded from the last %d entries of the rings"
                        .formatted(window));
        note(balance);
        return heads;
    }

    private int head(int position) {
        int head = rings.availableHead(position);
        if (head < size) {
            return head;
        }
        anomalies.add(
                "available entry %d names chain %d (expected: 0..%d; 2.7.6)"
                        .formatted(rings.slot(position), head, size - 1));
        return NONE;
    }

    private void note(int[] balance) {
        boolean outOfOrder = false;
        for (int head = 0; head < size; head++) {
            outOfOrder |= balance[head] < 0;
            if (balance[head] > 1) {
                anomalies.add(
                        "chain %d was made available %d times and not used (2.7.13)"
                                .formatted(head, balance[head]));
            }
        }
        if (outOfOrder) {
            inferred.add(
                    "the device uses chains out of order: it may have older ones than are shown");
        }
    }
}
