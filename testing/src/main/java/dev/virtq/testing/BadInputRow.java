package dev.virtq.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A row of {@code docs/transports.md}: what becomes of something that a device has wrong. The tests
 * of each transport hold virtq to the rows of theirs.
 *
 * @param input what it has wrong, the name of a constant of the transport's {@code BadInput}
 * @param since when it has it: {@code open}, {@code opened}, {@code negotiated}, {@code running}
 * @param error the simple name of the exception that says so
 * @param clause which section or statement the device broke; empty where the exception has none
 * @param afterwards how the device is left: {@code untouched}, {@code reset}, {@code kept}, {@code
 *     gone}
 */
public record BadInputRow(
        String input, String since, String error, String clause, String afterwards) {
    private static final Path FILE = Path.of("..", "docs", "transports.md");

    /**
     * {@return the rows of one transport}
     *
     * @param transport {@code pci} or {@code mmio}
     * @throws IOException when the table cannot be read
     */
    public static List<BadInputRow> of(String transport) throws IOException {
        return Files.readAllLines(FILE).stream()
                .filter(line -> line.startsWith("| `"))
                .map(BadInputRow::cells)
                .filter(cells -> cells[2].equals(transport) || cells[2].equals("both"))
                .map(cells ->
                        new BadInputRow(
                                cells[1].replace("`", ""),
                                cells[3],
                                cells[4].replace("`", ""),
                                clause(cells[5], transport),
                                cells[6]))
                .toList();
    }

    private static String[] cells(String line) {
        return Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
    }

    /**
     * Where both transports have a row, each may have its own clause: the one of PCI comes first.
     */
    private static String clause(String cell, String transport) {
        String[] clauses = cell.split(", ", -1);
        return transport.equals("pci") ? clauses[0] : clauses[clauses.length - 1];
    }

    @Override
    public String toString() {
        return "%s, %s: %s %s".formatted(input, since, error, clause);
    }
}
