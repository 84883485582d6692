package dev.virtq.conformance;

import static dev.virtq.conformance.ClassBytes.annotation;
import static dev.virtq.conformance.ClassBytes.breach;
import static dev.virtq.conformance.ClassBytes.clause;
import static dev.virtq.conformance.ClassBytes.clauses;
import static dev.virtq.conformance.ClassBytes.test;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestClassTest {
    private static final String DISABLED = "org.junit.jupiter.api.Disabled";
    private static final String NESTED = "org.junit.jupiter.api.Nested";

    @Test
    void eachIdOfAnAnnotationIsAClaimOfItsMethod() {
        TestClass tests =
                new ClassBytes("FooTest")
                        .method("works", test(), clause("2.7.1#1", "2.7"))
                        .method("isAboutNothing", test())
                        .parsed();
        assertThat(tests.claims())
                .containsExactly(
                        new Claim("room", "FooTest.works", "2.7.1#1", Claim.Kind.HELD),
                        new Claim("room", "FooTest.works", "2.7", Claim.Kind.HELD));
        assertThat(tests.neverRun()).isEmpty();
    }

    @Test
    void repeatedAnnotationsAndThoseOfAClassAndBreachesAreRead() {
        TestClass tests =
                new ClassBytes("FooIT")
                        .on(clause("1"))
                        .method("works", test(), clauses(clause("2"), clause("3")), breach("4"))
                        .parsed();
        assertThat(tests.claims())
                .containsExactly(
                        new Claim("room", "FooIT", "1", Claim.Kind.HELD),
                        new Claim("room", "FooIT.works", "2", Claim.Kind.HELD),
                        new Claim("room", "FooIT.works", "3", Claim.Kind.HELD),
                        new Claim("room", "FooIT.works", "4", Claim.Kind.BROKEN));
        assertThat(tests.neverRun()).isEmpty();
    }

    @Test
    void nestedClassesAreNamedAsInTheSource() {
        TestClass tests =
                new ClassBytes("FooTest$ByFlag")
                        .on(annotation(NESTED))
                        .method("works", test(), clause("2.7"))
                        .parsed();
        assertThat(tests.claims().getFirst().place()).isEqualTo("room: FooTest.ByFlag.works");
        assertThat(tests.neverRun()).isEmpty();
    }

    @Test
    void aParameterizedTestAndAFuzzTestAreTests() {
        for (String kind :
                new String[] {
                    "org.junit.jupiter.params.ParameterizedTest",
                    "org.junit.jupiter.api.RepeatedTest",
                    "com.code_intelligence.jazzer.junit.FuzzTest"
                }) {
            assertThat(
                            new ClassBytes("FooTest")
                                    .method("works", annotation(kind), clause("2.7"))
                                    .parsed()
                                    .neverRun())
                    .isEmpty();
        }
    }

    @Test
    void aClaimOfWhatIsNeverRunIsFound() {
        assertThat(neverRun(new ClassBytes("FooTest").method("helps", clause("2.7"))))
                .startsWith("room: FooTest.helps claims a clause and is no test");
        assertThat(
                        neverRun(
                                new ClassBytes("FooTest")
                                        .method(
                                                "sleeps",
                                                test(),
                                                annotation(DISABLED),
                                                clause("2.7"))))
                .isEqualTo("room: FooTest.sleeps claims a clause and is disabled");
        assertThat(
                        neverRun(
                                new ClassBytes("FooTest")
                                        .on(annotation(DISABLED))
                                        .method("sleeps", test(), clause("2.7"))))
                .isEqualTo("room: FooTest claims a clause and is disabled");
        assertThat(neverRun(new ClassBytes("FooTest").on(clause("2.7")).method("helps")))
                .isEqualTo("room: FooTest claims a clause and has no test");
        for (String name : new String[] {"Foo", "FooTest$Inner", "Foo$Inner"}) {
            assertThat(neverRun(new ClassBytes(name).method("works", test(), clause("2.7"))))
                    .contains("claims a clause and is never run");
        }
    }

    @Test
    void testsThatAreInheritedAreTests() {
        assertThat(neverRun(new ClassBytes("FooTest").extending("AllFoos").on(clause("2.7"))))
                .isEmpty();
    }

    private static String neverRun(ClassBytes bytes) {
        return String.join("\n", bytes.parsed().neverRun());
    }
}
