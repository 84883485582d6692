package dev.virtq.proof.worlds;

/**
 * Thrown when a place turns out to be used in a way that the states so far left out of account:
 * with plain and with atomic accesses. The exploration begins again, and keeps account of it.
 */
final class Restart extends Error {
    private static final long serialVersionUID = 1L;

    Restart(String place) {
        super("from now on " + place + " is watched for both plain and atomic accesses");
    }
}
