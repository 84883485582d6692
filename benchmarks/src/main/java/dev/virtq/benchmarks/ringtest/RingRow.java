package dev.virtq.benchmarks.ringtest;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of the comparison of rings.
 *
 * @param kernels whether it is the Linux kernel's program in C, and not ours
 * @param oneThread whether both ends are in one thread
 * @param packed whether the ring is packed
 * @param inOrder whether buffers are used in order
 * @param batch how many are published at once
 */
record RingRow(boolean kernels, boolean oneThread, boolean packed, boolean inOrder, int batch) {
    private static final int[] BATCHES = {1, 32};

    /** {@return ours; those come first that others are compared with} */
    static List<RingRow> all() {
        List<RingRow> rows = new ArrayList<>();
        for (boolean oneThread : new boolean[] {true, false}) {
            for (int batch : BATCHES) {
                for (boolean inOrder : new boolean[] {false, true}) {
                    for (boolean packed : new boolean[] {false, true}) {
                        rows.add(new RingRow(false, oneThread, packed, inOrder, batch));
                    }
                }
            }
        }
        return rows;
    }

    /** {@return as in {@code two threads packed in_order batch 32}} */
    String name() {
        return "%s %s%s batch %d"
                .formatted(
                        oneThread ? "one thread" : "two threads",
                        kind(),
                        inOrder ? " in_order" : "",
                        batch);
    }

    private String kind() {
        String kind = packed ? "packed" : "split";
        return kernels ? "C " + kind : kind;
    }

    /**
     * {@return what it is compared with}
     *
     * @param withKernels whether the kernel's programs are there: they have two threads
     */
    List<RingRow> peers(boolean withKernels) {
        List<RingRow> peers = new ArrayList<>();
        if (kernels) {
            return peers;
        }
        if (packed) {
            peers.add(new RingRow(false, oneThread, false, inOrder, batch));
        }
        if (inOrder) {
            peers.add(new RingRow(false, oneThread, packed, false, batch));
        }
        if (withKernels && !oneThread) {
            peers.add(new RingRow(true, false, packed, false, batch));
        }
        return peers;
    }

    /** {@return in which way a peer is another, as in {@code split}, {@code any}, {@code C}} */
    String differenceTo(RingRow peer) {
        if (peer.kernels) {
            return "C";
        }
        return peer.packed == packed ? "any order" : "split";
    }
}
