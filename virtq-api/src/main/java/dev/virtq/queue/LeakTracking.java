package dev.virtq.queue;

/**
 * How closely prepared transfers are followed, to tell where one was prepared that nobody closed. A
 * stack trace costs microseconds, hence the choice.
 */
public enum LeakTracking {
    /** A lost transfer is reported without its place. */
    COUNT_ONLY,
    /** The place of one prepared transfer in 64 is remembered. */
    SAMPLED,
    /** The place of every prepared transfer is remembered. */
    EVERY_TRANSFER
}
