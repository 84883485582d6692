package dev.virtq.conformance;

import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code docs/conformance.md}. One line a statement and no sums, so that two people who add tests
 * for different statements change different lines.
 */
final class Table {
    private static final String INTRODUCTION =
            """
            # Conformance

            What virtio 1.4 asks of a driver, in our words, and the test that holds virtq to it: the room, the class, and the
            method, whose name is a statement. The ids are the section and the number of the statement in it. A statement with no
            test says why there is none.

            This file is written by the build from [`conformance/statements`](../conformance/README.md) and from the `@Clause`
            annotations on the tests. `./mvnw verify` fails when it is not what they say, or when a statement has lost its test.
            """;

    private final Coverage coverage;

    Table(Coverage coverage) {
        this.coverage = coverage;
    }

    String markdown() {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        for (Area area : coverage.areas()) {
            text.append("\n## ").append(area.title()).append("\n\n");
            text.append("| statement | level | a driver … | tests |\n|---|---|---|---|\n");
            for (Area.Row row : area.rows()) {
                text.append(
                        "| %s | %s | %s | %s |\n"
                                .formatted(
                                        row.id(),
                                        coverage.levelOf(row.id()),
                                        row.paraphrase(),
                                        tests(row)));
            }
        }
        return text.toString();
    }

    private String tests(Area.Row row) {
        List<String> tests = coverage.testsOf(row.id());
        String places =
                tests.stream().map(place -> "`" + place + "`").collect(Collectors.joining("<br>"));
        if (row.expectation() == Expectation.TEST) {
            return places;
        }
        return "*%s*: %s".formatted(row.expectation().words(), row.reason());
    }
}
