package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.NodeCalls.Forgotten;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells the server what to forget: many nodes at once, and none later than a moment after it was
 * let go, for the server keeps the content of a deleted file until then.
 */
final class ForgetQueue {
    private static final int BATCH = 256;
    private static final long LATEST_MILLIS = 20;

    private final FuseClient client;
    private List<Forgotten> waiting = new ArrayList<>();

    ForgetQueue(FuseClient client) {
        this.client = client;
    }

    void add(long node, long lookups) {
        boolean first;
        boolean full;
        synchronized (this) {
            waiting.add(new Forgotten(node, lookups));
            first = waiting.size() == 1;
            full = waiting.size() >= BATCH;
        }
        if (full) {
            send();
        } else if (first) {
            Thread.ofVirtual().name("virtq-forget").start(this::sendLater);
        }
    }

    private void sendLater() {
        try {
            Thread.sleep(LATEST_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        send();
    }

    /** Sends what waits. */
    void send() {
        List<Forgotten> all;
        synchronized (this) {
            all = waiting;
            waiting = new ArrayList<>();
        }
        if (all.isEmpty()) {
            return;
        }
        try {
            client.nodes().forget(all);
        } catch (IOException | RuntimeException e) {
            // A server that cannot be told has forgotten, or is about to.
            System.getLogger(ForgetQueue.class.getName())
                    .log(System.Logger.Level.DEBUG, "FORGET failed", e);
        }
    }
}
