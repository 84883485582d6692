package dev.virtq.device;

import java.util.List;

/**
 * Registers that belong together: those of a structure, or of one queue in it.
 *
 * @param name what they are about
 * @param registers the registers, by ascending offset
 */
public record RegisterGroup(String name, List<RegisterReading> registers) {
    /** Keeps a copy of the list. */
    public RegisterGroup {
        registers = List.copyOf(registers);
    }
}
