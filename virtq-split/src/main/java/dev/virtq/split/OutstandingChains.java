package dev.virtq.split;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which chains the device has, concluded from the rings alone.
 *
 * <p>The indices tell how many. Which ones is certain only while the device uses chains in the
 * order in which they came; where it does not, a head that stands more often in the available ring
 * than in the used ring is with the device, and the newest entries fill up what is missing.
 */
final class OutstandingChains {
    private final SplitRings rings;
    private final int size;
    private final int available;
    private final int used;

    OutstandingChains(SplitRings rings, int size, int available, int used) {
        this.rings = rings;
        this.size = size;
        this.available = available;
        this.used = used;
    }

    Set<Integer> heads(int count, List<String> inferred, List<String> anomalies) {
        Set<Integer> heads = new LinkedHashSet<>();
        if (count == 0) {
            return heads;
        }
        int[] balance = new int[size];
        List<Integer> newestFirst = new ArrayList<>();
        for (int i = 1; i <= Math.max(count, Math.min(size, available)); i++) {
            int head = rings.availableHead(available - i);
            if (head >= size) {
                anomalies.add(
                        "available entry %d names chain %d (expected: 0..%d; 2.7.6)"
                                .formatted((available - i) & (size - 1), head, size - 1));
            } else {
                balance[head]++;
                newestFirst.add(head);
            }
        }
        for (int i = 1; i <= Math.min(size, used); i++) {
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
        if (heads.size() < count) {
            inferred.add(
                    "the device uses chains out of order: the newest available ones are shown");
            for (int head : newestFirst) {
                if (heads.size() < count) {
                    heads.add(head);
                }
            }
        }
        return heads;
    }
}
