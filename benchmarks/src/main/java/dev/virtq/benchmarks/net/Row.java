package dev.virtq.benchmarks.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One line of the comparison of packets a second.
 *
 * @param direction which way the packets go
 * @param bytes how long each is
 * @param ring through which rings
 */
record Row(Direction direction, int bytes, Ring ring) {
    /** Which way packets go, as the driver sees it. */
    enum Direction {
        TRANSMIT,
        RECEIVE;

        /** {@return in small letters} */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static List<Row> all() {
        List<Row> rows = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            for (int bytes : new int[] {64, 1500}) {
                Ring.all().forEach(ring -> rows.add(new Row(direction, bytes, ring)));
            }
        }
        return rows;
    }

    /** {@return as in {@code transmit 64 packed in_order mrg_rxbuf}} */
    String name() {
        return "%s %d %s".formatted(direction.word(), bytes, ring.name());
    }
}
