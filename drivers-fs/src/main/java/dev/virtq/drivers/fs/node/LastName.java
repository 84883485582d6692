package dev.virtq.drivers.fs.node;

/** What is asked about the last name of a path. */
public enum LastName {
    /** What it leads to, through links. */
    FOLLOWED,
    /** What has it, which may be a link. */
    ITSELF,
    /** Nothing: something new shall have it, and the server says so when it is taken. */
    TO_BE_MADE
}
