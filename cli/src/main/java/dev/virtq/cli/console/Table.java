package dev.virtq.cli.console;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A small table: columns as wide as their widest cell, two spaces between them, no lines.
 *
 * <p>A header that starts with {@code >} makes its column right-aligned, as numbers are.
 */
public final class Table {
    private final List<String> headers;
    private final boolean[] right;
    private final List<List<Cell>> rows = new ArrayList<>();

    /**
     * What stands in one place of the table.
     *
     * @param text without escape codes
     * @param decoration puts escape codes around the padded text
     */
    public record Cell(String text, UnaryOperator<String> decoration) {
        /**
         * {@return a cell without decoration}
         *
         * @param value what it shows
         */
        public static Cell of(Object value) {
            return new Cell(value.toString(), UnaryOperator.identity());
        }
    }

    /**
     * Makes an empty table.
     *
     * @param headers one for each column; empty strings throughout show no header line
     */
    public Table(String... headers) {
        right = new boolean[headers.length];
        List<String> names = new ArrayList<>();
        for (int i = 0; i < headers.length; i++) {
            right[i] = headers[i].startsWith(">");
            names.add(right[i] ? headers[i].substring(1) : headers[i]);
        }
        this.headers = List.copyOf(names);
    }

    /**
     * Adds a row.
     *
     * @param values one for each column: {@link Cell}s, or anything that is shown as its text
     * @return this table
     */
    public Table row(Object... values) {
        if (values.length != headers.size()) {
            throw new IllegalArgumentException(
                    "%d cells (expected: %d)".formatted(values.length, headers.size()));
        }
        rows.add(
                Arrays.stream(values)
                        .map(value -> value instanceof Cell cell ? cell : Cell.of(value))
                        .toList());
        return this;
    }

    /**
     * Prints the table.
     *
     * @param console where to
     */
    public void print(Console console) {
        int[] widths = widths();
        if (headers.stream().anyMatch(header -> !header.isEmpty())) {
            List<Cell> line =
                    headers.stream()
                            .map(header ->
                                    new Cell(header, text -> console.styled(Style.FAINT, text)))
                            .toList();
            console.line(render(line, widths));
        }
        for (List<Cell> row : rows) {
            console.line(render(row, widths));
        }
    }

    private int[] widths() {
        int[] widths = headers.stream().mapToInt(String::length).toArray();
        for (List<Cell> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).text().length());
            }
        }
        return widths;
    }

    private String render(List<Cell> row, int[] widths) {
        int last = row.size() - 1;
        while (last > 0 && row.get(last).text().isEmpty()) {
            last--; // no spaces at the end of a line
        }
        StringBuilder line = new StringBuilder();
        for (int i = 0; i <= last; i++) {
            Cell cell = row.get(i);
            String padding = " ".repeat(widths[i] - cell.text().length());
            String decorated = cell.decoration().apply(cell.text());
            line.append(i == 0 ? "" : "  ");
            if (right[i]) {
                line.append(padding).append(decorated);
            } else {
                line.append(decorated).append(i == last ? "" : padding);
            }
        }
        return line.toString();
    }
}
