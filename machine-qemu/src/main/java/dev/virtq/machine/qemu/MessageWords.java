package dev.virtq.machine.qemu;

import java.util.BitSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Words of the RAM at which MSI-X messages can arrive. A message is a 32-bit store, and with an
 * address in RAM it is a store that the JVM sees.
 *
 * <p>They lie in the first 640 KiB, which no buffer comes from, one to a cache line.
 */
final class MessageWords {
    /** Behind the page in which a PC has its interrupt vectors. */
    private static final long FIRST = 0x1000;

    private static final long END = 0xa0000;
    private static final int STRIDE = 64;
    private static final int COUNT = (int) ((END - FIRST) / STRIDE);

    private final QemuMachine machine;
    private final boolean usable;
    private final BitSet taken = new BitSet(COUNT);

    MessageWords(QemuMachine machine) {
        this.machine = machine;
        this.usable =
                machine.ram().runs().stream()
                        .anyMatch(run ->
                                run.offset() == 0 && run.address() == 0 && run.length() >= END);
    }

    /**
     * Takes a word that nobody else has.
     *
     * @param configuration the message that also tells that the configuration changed; null for
     *     that message itself
     * @return its message; empty when all are taken
     */
    synchronized Optional<RamMessage> allocate(@Nullable RamMessage configuration) {
        int index = taken.nextClearBit(0);
        if (!usable || index >= COUNT) {
            return Optional.empty();
        }
        taken.set(index);
        long address = FIRST + (long) index * STRIDE;
        return Optional.of(new RamMessage(machine, this, index, address, configuration));
    }

    synchronized void giveBack(int index) {
        taken.clear(index);
    }
}
