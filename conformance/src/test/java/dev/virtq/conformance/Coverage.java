package dev.virtq.conformance;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The lists and the tests, held against each other. */
final class Coverage {
    private final Standard standard;
    private final List<Area> areas;
    private final Collection<Claim> claims;

    Coverage(Standard standard, List<Area> areas, Collection<Claim> claims) {
        this.standard = standard;
        this.areas = List.copyOf(areas);
        this.claims = claims;
    }

    List<Area> areas() {
        return areas;
    }

    /** {@return the tests that hold virtq to the statement, in the order of their names} */
    List<String> testsOf(StatementId id) {
        return claims.stream()
                .filter(claim -> claim.kind() == Claim.Kind.HELD && claim.id().equals(id.text()))
                .map(Claim::place)
                .distinct()
                .sorted()
                .toList();
    }

    String levelOf(StatementId id) {
        return standard.find(id).map(Standard.Known::level).orElse("");
    }

    long count(Expectation expectation) {
        return rows().stream().filter(row -> row.expectation() == expectation).count();
    }

    /** {@return what is wrong, a line each, with what to do about it} */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (Claim claim : new TreeSet<>(claims)) {
            if (!standard.knows(claim.id())) {
                problems.add(
                        "%s names %s, which is no statement or section of virtio 1.4"
                                .formatted(claim.place(), claim.id()));
            }
        }
        for (Area area : areas) {
            problemsOf(area, problems);
            for (Area.Row row : area.rows()) {
                problemsOf(row, problems);
            }
        }
        return problems;
    }

    /** An area has each of its statements once, in the standard's order. */
    private void problemsOf(Area area, List<String> problems) {
        Set<StatementId> expected = standard.ofDriver(area.name());
        List<StatementId> listed = area.rows().stream().map(Area.Row::id).toList();
        if (!listed.equals(List.copyOf(expected))) {
            Set<StatementId> missing = new TreeSet<>(expected);
            missing.removeAll(Set.copyOf(listed));
            Set<StatementId> strange = new TreeSet<>(listed);
            strange.removeAll(expected);
            problems.add(
                    "statements/%s.txt does not have the area's %d driver statements once each and in order: missing %s, not of the area %s"
                            .formatted(area.name(), expected.size(), missing, strange));
        }
    }

    private void problemsOf(Area.Row row, List<String> problems) {
        List<String> tests = testsOf(row.id());
        switch (row.expectation()) {
            case TEST -> {
                if (tests.isEmpty()) {
                    problems.add(
                            "statement %s (%s) has lost its test: put @Clause(\"%s\") on one that holds virtq to it"
                                    .formatted(row.id(), row.paraphrase(), row.id()));
                }
            }
            case PENDING -> {}
            case NOT_USED, LEFT_OUT, UNTESTABLE -> {
                if (!tests.isEmpty()) {
                    problems.add(
                            "statement %s is listed as '%s', but has a test (%s): list it as 'test'"
                                    .formatted(
                                            row.id(), row.expectation().words(), tests.getFirst()));
                }
                if (row.expectation() == Expectation.NOT_USED && !levelOf(row.id()).equals("MAY")) {
                    problems.add(
                            "statement %s is listed as 'not used', but it is a %s"
                                    .formatted(row.id(), levelOf(row.id())));
                }
            }
        }
    }

    /** {@return what is still to be done, a line each} */
    List<String> warnings() {
        return rows().stream()
                .filter(row -> row.expectation() == Expectation.PENDING)
                .map(row -> {
                    List<String> tests = testsOf(row.id());
                    return "statement %s (%s) is pending: %s%s"
                            .formatted(
                                    row.id(),
                                    row.paraphrase(),
                                    row.reason(),
                                    tests.isEmpty()
                                            ? ""
                                            : " (there is a test now: " + tests.getFirst() + ")");
                })
                .toList();
    }

    String summary() {
        StringBuilder line = new StringBuilder("%d driver statements".formatted(rows().size()));
        String before = ": ";
        for (Expectation expectation : Expectation.values()) {
            line.append(before).append(count(expectation)).append(' ').append(expectation.words());
            before = ", ";
        }
        return line.toString();
    }

    private List<Area.Row> rows() {
        return areas.stream().flatMap(area -> area.rows().stream()).toList();
    }
}
