package dev.virtq.machine.sim.fuse;

/**
 * An answer to a request that had to wait.
 *
 * @param ticket which request, as the one who brought it calls it
 * @param bytes the answer
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares these
public record LateAnswer(long ticket, byte[] bytes) {}
