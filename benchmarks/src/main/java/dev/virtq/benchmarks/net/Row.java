package dev.virtq.benchmarks.net;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of the comparison.
 *
 * @param direction which way the packets go
 * @param bytes how long each is
 * @param packed whether on a packed ring
 * @param inOrder whether the device uses buffers in order
 * @param mergeable whether a frame may lie in several receive buffers
 */
record Row(Direction direction, int bytes, boolean packed, boolean inOrder, boolean mergeable) {
    /** Which way packets go, as the driver sees it. */
    enum Direction {
        TRANSMIT,
        RECEIVE
    }

    static List<Row> all() {
        List<Row> rows = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            for (int bytes : new int[] {64, 1500}) {
                for (int kind = 0; kind < 8; kind++) {
                    rows.add(
                            new Row(
                                    direction,
                                    bytes,
                                    (kind & 1) != 0,
                                    (kind & 2) != 0,
                                    (kind & 4) != 0));
                }
            }
        }
        return rows;
    }

    /** {@return as in {@code transmit 64 packed in_order mrg_rxbuf}} */
    String name() {
        return "%s %d %s%s%s"
                .formatted(
                        direction.name().toLowerCase(java.util.Locale.ROOT),
                        bytes,
                        packed ? "packed" : "split",
                        inOrder ? " in_order" : "",
                        mergeable ? " mrg_rxbuf" : "");
    }
}
