package dev.virtq.conformance;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a statement's row says about how virtq stands to it. */
enum Expectation {
    /** A test holds virtq to it. The build fails when there is none. */
    TEST,
    /** A test will; the build warns. */
    PENDING,
    /** It allows something that virtq does not do. */
    NOT_USED,
    /** It is about a part of the standard that virtq leaves out on purpose. */
    LEFT_OUT,
    /** virtq follows it, and no test can show that. */
    UNTESTABLE;

    /** {@return as people write and read it: {@code not used}} */
    String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    static Expectation parse(String words) {
        return Arrays.stream(values())
                .filter(value -> value.words().equals(words))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "'%s' (expected: %s)"
                                        .formatted(
                                                words,
                                                Arrays.stream(values())
                                                        .map(Expectation::words)
                                                        .collect(Collectors.joining(", ")))));
    }
}
