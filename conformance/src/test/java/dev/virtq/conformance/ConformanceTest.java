package dev.virtq.conformance;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The step of the build that keeps {@code docs/conformance.md}. With {@code
 * -Dvirtq.conformance=write} it writes the file, else it only compares.
 */
class ConformanceTest {
    private static final String REWRITE =
            "./mvnw -q -pl conformance -am test -DskipTests -Dvirtq.conformance=write";

    private static final List<String> AREAS =
            List.of(
                    "content",
                    "split-ring",
                    "packed-ring",
                    "transport-pci",
                    "transport-mmio",
                    "fs");

    private final Path root =
            Path.of(System.getProperty("virtq.root", "..")).toAbsolutePath().normalize();
    private final List<String> problems = new ArrayList<>();

    @Test
    void everyDriverStatementHasItsTestOrAReason() throws IOException {
        Coverage coverage = coverage();
        problems.addAll(coverage.problems());
        if (problems.isEmpty()) {
            keep(root.resolve("docs/conformance.md"), new Table(coverage).markdown());
        }
        coverage.warnings().forEach(line -> System.out.println("WARNING: conformance: " + line));
        System.out.println("conformance: " + coverage.summary());
        if (!problems.isEmpty()) {
            problems.forEach(line -> System.out.println("ERROR: conformance: " + line));
            throw new Broken(problems);
        }
    }

    /** Where it was thrown says nothing: what is wrong is in the lists or on the tests. */
    private static final class Broken extends AssertionError {
        @Serial private static final long serialVersionUID = 1;

        Broken(List<String> problems) {
            super(
                    problems.getFirst()
                            + (problems.size() == 1
                                    ? ""
                                    : " (and %d more, above)".formatted(problems.size() - 1)));
            setStackTrace(new StackTraceElement[0]);
        }
    }

    private Coverage coverage() throws IOException {
        Path statements = root.resolve("conformance/statements");
        List<Area> areas = new ArrayList<>();
        for (String area : AREAS) {
            areas.add(Area.read(statements.resolve(area + ".txt")));
        }
        return new Coverage(Standard.read(statements), areas, claims());
    }

    private List<Claim> claims() throws IOException {
        List<Claim> claims = new ArrayList<>();
        Reactor reactor = new Reactor(root);
        for (Room room : reactor.roomsWithTests()) {
            room.notCompiled()
                    .ifPresent(why ->
                            problems.add(
                                    "room %s %s; run ./mvnw verify from the root"
                                            .formatted(room.name(), why)));
            if (!reactor.isBuiltBefore(room)) {
                problems.add(
                        "room %s has tests and is no dependency in conformance/pom.xml: add it there"
                                .formatted(room.name()));
            }
            for (Path file : room.testClasses()) {
                TestClass tests = new TestClass(room.name(), file);
                claims.addAll(tests.claims());
                problems.addAll(tests.neverRun());
            }
        }
        return claims;
    }

    private void keep(Path file, String text) throws IOException {
        if (System.getProperty("virtq.conformance", "").equals("write")) {
            Files.writeString(file, text);
        } else if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            problems.add("docs/conformance.md is not up to date; rewrite it: " + REWRITE);
        }
    }
}
