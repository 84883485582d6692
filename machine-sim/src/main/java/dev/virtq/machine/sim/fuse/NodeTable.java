package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.TreeNode;
import dev.virtq.queue.ring.DriverFaultException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The nodes that the driver knows, and how often it has looked each of them up. A number is never
 * given again.
 */
final class NodeTable {
    static final long ROOT = 1;

    private static final class Known {
        private final long number;
        private final TreeNode node;
        private long lookups;

        Known(long number, TreeNode node) {
            this.number = number;
            this.node = node;
        }
    }

    private final TreeNode root;
    private final Map<Long, Known> byNumber = new HashMap<>();
    private final Map<TreeNode, Known> byNode = new HashMap<>();
    private long last = ROOT;

    NodeTable(TreeNode root) {
        this.root = root;
    }

    TreeNode get(long number) throws FileError {
        if (number == ROOT) {
            return root;
        }
        Known known = byNumber.get(number);
        if (known == null) {
            throw Errno.ESTALE.error();
        }
        return known.node;
    }

    /** Counts a lookup. {@return the node's number} */
    long lookedUp(TreeNode node) {
        if (node == root) {
            return ROOT;
        }
        Known known = byNode.computeIfAbsent(node, _ -> new Known(++last, node));
        byNumber.put(known.number, known);
        known.lookups++;
        return known.number;
    }

    /** Takes lookups back: no more than there were. */
    void forget(long number, long lookups) {
        if (number == ROOT) {
            return; // it is always there
        }
        Known known = byNumber.get(number);
        long had = known == null ? 0 : known.lookups;
        if (known == null || lookups < 0 || lookups > had) {
            throw new DriverFaultException(
                    "node %d is forgotten %s times, and was looked up %d times"
                            .formatted(number, Long.toUnsignedString(lookups), had),
                    "5.11.6.2");
        }
        known.lookups -= lookups;
        if (known.lookups == 0) {
            byNumber.remove(number);
            byNode.remove(known.node);
        }
    }

    void clear() {
        byNumber.clear();
        byNode.clear();
    }

    /** {@return how often each node was looked up, and not forgotten} */
    Map<Long, Long> lookups() {
        Map<Long, Long> all = new TreeMap<>();
        byNumber.forEach((number, known) -> all.put(number, known.lookups));
        return all;
    }
}
