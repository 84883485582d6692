package dev.virtq.conformance;

/**
 * What an annotation on a test says.
 *
 * @param room the room of the test
 * @param test {@code Class.method}, or {@code Class} where all of a class's tests are meant
 * @param id the statement or section that it names
 * @param kind how the test is about it
 */
record Claim(String room, String test, String id, Kind kind) implements Comparable<Claim> {
    /** How a test is about a statement. */
    enum Kind {
        /** It holds virtq to it. */
        HELD,
        /** In it the other side breaks it, and virtq notices. */
        BROKEN
    }

    /** {@return where it is: {@code virtq-split: SendingTest.anIndexOnlyGrows}} */
    String place() {
        return room + ": " + test;
    }

    @Override
    public int compareTo(Claim other) {
        return place().compareTo(other.place());
    }
}
