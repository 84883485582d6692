package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import java.util.Locale;

/**
 * A file that was copied.
 *
 * @param from what
 * @param to where to
 * @param bytes how many
 * @param elapsedNanos how long it took
 */
record CopiedFile(String from, String to, long bytes, long elapsedNanos) implements Answer {
    @Override
    public void print(Console console) {
        console.line(
                "%s to %s: %s in %s (%s)"
                        .formatted(
                                from,
                                to,
                                Quantity.bytes(bytes),
                                Quantity.time(elapsedNanos),
                                String.format(
                                        Locale.ROOT,
                                        "%.1f MB/s",
                                        bytes * 1e3 / Math.max(1, elapsedNanos))));
    }
}
