package dev.virtq.machine.host;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.PciDescription;
import dev.virtq.transport.pci.PciFunction;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;

/**
 * The device status (virtio 1.4, section 4.1.4.3), for whoever has to be sure that a device is
 * still, and has no business with it otherwise.
 *
 * @param register the byte
 * @param bar which BAR it is in
 * @param offset where in the BAR
 * @param window where the capability is through which it can be reached without the BAR (section
 *     4.1.4.9), in bytes from the start of the configuration space; empty when there is none
 */
record StatusRegister(RegisterWindow register, int bar, long offset, OptionalInt window) {
    private static final int COMMON_CONFIGURATION = 1;
    private static final int CONFIGURATION_ACCESS = 5;
    private static final int OFFSET = 0x14;
    private static final Duration RESET = Duration.ofSeconds(1);
    private static final long PAUSE_NANOS = 1_000_000;

    /**
     * {@return that of a function; empty when it has none that can be reached, so that it cannot be
     * driven either}
     *
     * @param function which decodes its memory
     */
    static Optional<StatusRegister> of(PciFunction function) {
        List<VirtioStructure> structures =
                PciDescription.of(function).capabilities().stream()
                        .filter(VirtioStructure.class::isInstance)
                        .map(VirtioStructure.class::cast)
                        .toList();
        OptionalInt window =
                structures.stream()
                        .filter(structure -> structure.type() == CONFIGURATION_ACCESS)
                        .mapToInt(VirtioStructure::position)
                        .findFirst();
        return structures.stream()
                .filter(structure -> structure.type() == COMMON_CONFIGURATION)
                .filter(structure -> isReached(function, structure))
                .findFirst()
                .map(structure -> at(function, structure, window));
    }

    private static StatusRegister at(
            PciFunction function, VirtioStructure common, OptionalInt window) {
        long offset = common.offset() + OFFSET;
        RegisterWindow register = function.bar(common.bar()).slice(offset, 1);
        return new StatusRegister(register, common.bar(), offset, window);
    }

    private static boolean isReached(PciFunction function, VirtioStructure structure) {
        for (PciBar bar : function.bars()) {
            if (bar.index() == structure.bar()) {
                return function.reaches(bar) && structure.offset() < bar.size() - OFFSET;
            }
        }
        return false;
    }

    /** {@return whether the device confirmed a reset} */
    boolean reset() {
        register.writeByte(0, (byte) 0);
        long start = System.nanoTime();
        while (register.readByte(0) != 0) {
            if (System.nanoTime() - start > RESET.toNanos()) {
                return false;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }
}
