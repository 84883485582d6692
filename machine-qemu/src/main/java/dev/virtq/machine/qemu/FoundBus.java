package dev.virtq.machine.qemu;

import java.util.List;

/**
 * A bus, and what was found on it.
 *
 * @param number of the bus
 * @param last the highest number of the buses behind its bridges; its own if there is none
 * @param functions in the order of their addresses
 */
record FoundBus(int number, int last, List<FoundFunction> functions) {
    FoundBus {
        functions = List.copyOf(functions);
    }

    /** {@return whether a bus is this one, or behind it} */
    boolean reaches(int bus) {
        return bus >= number && bus <= last;
    }
}
