package dev.virtq.device;

/**
 * One way on which a device gets attention, and what has come on it so far, for people to look at.
 *
 * @param name which way, as in {@code vector 1} or {@code line 21}
 * @param serves what it tells of, as in {@code queue 0, queue 1}
 * @param count how often it was noticed; events that come before anybody looks count as one
 * @param masked whether it is held back
 * @param pending whether something has come that nobody has noticed yet, or that is held back
 * @param detail how it gets here
 */
public record InterruptRoute(
        String name, String serves, long count, boolean masked, boolean pending, String detail) {}
