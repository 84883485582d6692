package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseEntry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All nodes that the server was not told to forget, with how often it has counted them: as often as
 * it named them in an answer.
 */
final class NodeTable {
    private final Map<Long, Node> nodes = new HashMap<>();
    private final ForgetQueue forgets;
    private final boolean remembers;
    private final Node root;

    /** When a node was let go of last: what was asked before may be older than its changes. */
    private long letGoOf = System.nanoTime();

    /**
     * Makes one with the root in it.
     *
     * @param remembers whether what is known may be believed later
     */
    NodeTable(ForgetQueue forgets, boolean remembers) {
        this.forgets = forgets;
        this.remembers = remembers;
        root = new Node(this, FuseClient.ROOT, letGoOf);
        root.holders = 1;
        nodes.put(root.id(), root);
    }

    Node root() {
        return root;
    }

    /** {@return a node by its number, held; null when the server was told to forget it} */
    synchronized @Nullable Node find(long number) {
        Node node = nodes.get(number);
        if (node != null) {
            node.holders++;
        }
        return node;
    }

    long validity(Duration told) {
        return remembers ? told.toNanos() : 0;
    }

    /** {@return the node of an answer, held} */
    Node received(FuseEntry entry, long asked) {
        Node node;
        synchronized (this) {
            node = nodes.computeIfAbsent(entry.node(), id -> new Node(this, id, letGoOf));
            node.lookups++;
            node.holders++;
        }
        node.learn(entry.attributes(), entry.attributesValid(), asked);
        return node;
    }

    synchronized void hold(Node node) {
        if (node.holders == 0) {
            throw new IllegalStateException("node %d is forgotten".formatted(node.id()));
        }
        node.holders++;
    }

    void letGo(Node node) {
        synchronized (this) {
            node.holders--;
            if (node.holders > 0) {
                return;
            }
            nodes.remove(node.id());
            letGoOf = System.nanoTime();
        }
        // A lookup in between makes a new node, and the server counts on from there.
        forgets.add(node.id(), node.lookups);
    }

    synchronized int size() {
        return nodes.size();
    }
}
