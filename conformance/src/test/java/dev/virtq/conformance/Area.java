package dev.virtq.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The driver's statements of one part of the standard, each in the project's own words.
 *
 * @param name the part, as {@code ids.txt} names it; the file's name
 * @param title the heading of its table
 * @param rows the statements, as the file has them
 */
record Area(String name, String title, List<Row> rows) {
    private static final String TITLE = "title: ";

    /**
     * One statement.
     *
     * @param id its id
     * @param expectation whether there is a test for it
     * @param paraphrase what a driver does that follows it
     * @param reason why there is no test; empty where there is one
     */
    record Row(StatementId id, Expectation expectation, String paraphrase, String reason) {}

    /**
     * @throws IllegalArgumentException naming file and line when one cannot be read
     */
    static Area read(Path file) throws IOException {
        String name = String.valueOf(file.getFileName()).replace(".txt", "");
        List<String> lines = ListFile.lines(file);
        if (lines.isEmpty() || !lines.getFirst().startsWith(TITLE)) {
            throw new IllegalArgumentException(file + " does not begin with '" + TITLE + "'");
        }
        List<Row> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            try {
                rows.add(row(line));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "%s: %s, in: %s".formatted(file.getFileName(), e.getMessage(), line), e);
            }
        }
        return new Area(name, lines.getFirst().substring(TITLE.length()), List.copyOf(rows));
    }

    private static Row row(String line) {
        String[] cells = line.split("\\s*\\|\\s*", -1);
        if (cells.length < 3 || cells.length > 4 || cells[2].isEmpty()) {
            throw new IllegalArgumentException(
                    "%d cells (expected: id | expectation | paraphrase | reason)"
                            .formatted(cells.length));
        }
        Expectation expectation = Expectation.parse(cells[1]);
        String reason = cells.length == 4 ? cells[3] : "";
        if (reason.isEmpty() != (expectation == Expectation.TEST)) {
            throw new IllegalArgumentException(
                    expectation == Expectation.TEST
                            ? "a reason although a test is expected"
                            : "no reason why there is no test");
        }
        return new Row(new StatementId(cells[0]), expectation, cells[2], reason);
    }
}
