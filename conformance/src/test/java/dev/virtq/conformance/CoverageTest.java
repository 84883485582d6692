package dev.virtq.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoverageTest {
    @TempDir private Path folder;

    @BeforeEach
    void aSmallStandard() throws IOException {
        Files.writeString(
                folder.resolve("ids.txt"),
                """
                # comment
                9.2#1 driver toys MUST NOT
                9.10#1 driver toys MAY
                9.11#1 device toys MUST
                8.1#1 driver tools MUST
                """);
        Files.writeString(folder.resolve("sections.txt"), "9\n9.2\n9.10\n");
    }

    @Test
    void aStatementWithItsTestIsCovered() throws IOException {
        Coverage coverage =
                coverage(
                        "9.2#1 | test | does not break toys\n9.10#1 | not used | may lend | no friends\n",
                        held("FooTest.b", "9.2#1"),
                        held("FooTest.a", "9.2#1"),
                        held("FooTest.a", "9.11#1"),
                        held("FooTest.a", "9.10"));
        assertThat(coverage.problems()).isEmpty();
        assertThat(coverage.warnings()).isEmpty();
        assertThat(coverage.summary())
                .isEqualTo(
                        "2 driver statements: 1 test, 0 pending, 1 not used, 0 left out, 0 untestable");
        assertThat(new Table(coverage).markdown())
                .contains(
                        "| 9.2#1 | MUST NOT | does not break toys | `room: FooTest.a`<br>`room: FooTest.b` |\n")
                .contains("| 9.10#1 | MAY | may lend | *not used*: no friends |\n");
    }

    @Test
    void aStatementThatHasLostItsTestIsAProblem() throws IOException {
        assertThat(coverage(TOYS).problems())
                .containsExactly(
                        "statement 9.2#1 (does not break toys) has lost its test: put"
                                + " @Clause(\"9.2#1\") on one that holds virtq to it");
    }

    @Test
    void aTestInWhichTheOtherSideBreaksItIsNoCover() throws IOException {
        Claim breach = new Claim("room", "FooTest.a", "9.2#1", Claim.Kind.BROKEN);
        assertThat(coverage(TOYS, breach).problems()).singleElement().asString().contains("lost");
    }

    @Test
    void anIdThatDoesNotExistIsAProblemThatNamesTheTest() throws IOException {
        assertThat(
                        coverage(
                                        TOYS,
                                        held("FooTest.a", "9.2#1"),
                                        held("FooTest.b", "9.2#2"),
                                        held("FooTest.c", "9.3"))
                                .problems())
                .containsExactly(
                        "room: FooTest.b names 9.2#2, which is no statement or section of virtio 1.4",
                        "room: FooTest.c names 9.3, which is no statement or section of virtio 1.4");
        assertThat(
                        coverage(TOYS, held("FooTest.a", "9.2#1"), held("FooTest.b", "9.x#1"))
                                .problems())
                .singleElement()
                .asString()
                .contains("9.x#1");
    }

    @Test
    void anAreaHasItsStatementsOnceEachAndInOrder() throws IOException {
        for (String rows :
                List.of(
                        "9.10#1 | not used | may lend | no friends\n",
                        "9.10#1 | not used | x | y\n9.2#1 | test | x\n",
                        "9.2#1 | test | x\n9.2#1 | test | x\n9.10#1 | not used | x | y\n",
                        "8.1#1 | test | x\n" + TOYS)) {
            assertThat(
                            coverage(rows, held("FooTest.a", "9.2#1"), held("FooTest.a", "8.1#1"))
                                    .problems())
                    .singleElement()
                    .asString()
                    .contains("statements/toys.txt does not have the area's 2 driver statements");
        }
    }

    @Test
    void aReasonForNoTestHoldsOnlyWhereThereIsNone() throws IOException {
        String rows = "9.2#1 | left out | x | y\n9.10#1 | untestable | x | y\n";
        assertThat(coverage(rows).problems()).isEmpty();
        assertThat(coverage(rows, held("FooTest.a", "9.10#1")).problems())
                .containsExactly(
                        "statement 9.10#1 is listed as 'untestable', but has a test (room:"
                                + " FooTest.a): list it as 'test'");
    }

    @Test
    void onlyWhatIsAllowedCanBeNotUsed() throws IOException {
        assertThat(coverage("9.2#1 | not used | x | y\n9.10#1 | not used | x | y\n").problems())
                .containsExactly("statement 9.2#1 is listed as 'not used', but it is a MUST NOT");
    }

    @Test
    void whatIsPendingIsAWarning() throws IOException {
        String rows = "9.2#1 | pending | x | being built\n9.10#1 | not used | x | y\n";
        assertThat(coverage(rows).problems()).isEmpty();
        assertThat(coverage(rows).warnings())
                .containsExactly("statement 9.2#1 (x) is pending: being built");
        assertThat(coverage(rows, held("FooTest.a", "9.2#1")).warnings())
                .containsExactly(
                        "statement 9.2#1 (x) is pending: being built (there is a test now: room:"
                                + " FooTest.a)");
    }

    @Test
    void aRowThatCannotBeReadIsNamed() {
        for (String row :
                List.of(
                        "9.2#1 | test",
                        "9.2 | test | x",
                        "9.2#1 | done | x",
                        "9.2#1 | test | x | a reason",
                        "9.2#1 | pending | x",
                        "9.2#1 | test | x | y | z")) {
            assertThatThrownBy(() -> coverage(row + "\n"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("toys.txt: ")
                    .hasMessageEndingWith("in: " + row);
        }
    }

    @Test
    void sectionsAreInTheirOrderAndNotInThatOfTheAlphabet() {
        assertThat(
                        List.of(
                                new StatementId("2.10#1"),
                                new StatementId("2.9#10"),
                                new StatementId("2.9#9")))
                .isSortedAccordingTo((a, b) -> b.compareTo(a));
        assertThat(new StatementId("2.7.13.3.1#1").section()).isEqualTo("2.7.13.3.1");
    }

    private static final String TOYS =
            "9.2#1 | test | does not break toys\n9.10#1 | not used | may lend | no friends\n";

    private static Claim held(String test, String id) {
        return new Claim("room", test, id, Claim.Kind.HELD);
    }

    private Coverage coverage(String rows, Claim... claims) throws IOException {
        Path file = Files.writeString(folder.resolve("toys.txt"), "title: Toys\n\n" + rows);
        return new Coverage(Standard.read(folder), List.of(Area.read(file)), List.of(claims));
    }
}
