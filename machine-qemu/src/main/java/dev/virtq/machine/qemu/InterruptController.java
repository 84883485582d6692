package dev.virtq.machine.qemu;

import dev.virtq.transport.InterruptLine;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The interrupt controller of a machine, and which of its lines a device pulls. What is wired where
 * is the board's: firmware would tell an operating system of it.
 *
 * <p>QEMU reports the lines of one controller, once it was asked to; it is asked when the first
 * line is listened to.
 */
final class InterruptController {
    /** Where the pins of PCI functions arrive, behind the 16 lines of the old devices. */
    private static final int PCI_LINES = 16;

    /** The old timer of a PC interrupts 18 times a second until firmware stops it. */
    private static final int TIMER_CONTROL = 0x43;

    private static final int TIMER_COUNTS_ONCE = 0x30; // and has no count to begin with

    private static final int ARM_DEVICES = 16;
    private static final int PC_DEVICES_ON_FIRST = 16;
    private static final int FIRST_CHIPSET_SLOT = 25;
    private static final int PINS = 4;

    private static final String CHILD = "child<"; // and ">" behind the type
    private static final String UNATTACHED = "/machine/unattached";
    private static final String IO_APIC = "ioapic";
    private static final Set<String> GICS = Set.of("arm_gic", "arm-gicv3");

    private final QemuMachine machine;
    private @Nullable String intercepted;

    InterruptController(QemuMachine machine) {
        this.machine = machine;
    }

    /**
     * The line that a function's pin is wired to on a q35 board.
     *
     * @param slot the device number of the function on bus 0, or of the bridge that it is behind
     * @param pin which of the four pins arrives there, 0 to 3
     */
    InterruptLine pciLine(int slot, int pin) {
        // The chipset's own devices have other wires than the slots, which take turns.
        int wire = slot >= FIRST_CHIPSET_SLOT ? pin : PINS + (slot + pin) % PINS;
        return line(IO_APIC, PCI_LINES + wire);
    }

    /** {@return the line of a place for a device over MMIO} */
    InterruptLine mmioLine(int place) {
        if (machine.commandLine().machineType() == MachineType.VIRT) {
            return line(
                    unattached(GICS)
                            .orElseThrow(() -> new QemuException("QEMU shows no ARM controller")),
                    ARM_DEVICES + place);
        }
        Optional<String> second = unattached(Set.of(IO_APIC));
        return second.isPresent()
                ? line(second.get(), place)
                : line(IO_APIC, PC_DEVICES_ON_FIRST + place);
    }

    private synchronized InterruptLine line(String controller, int number) {
        if (intercepted == null) {
            if (machine.commandLine().machineType() != MachineType.VIRT) {
                machine.qtest().ports().out(TIMER_CONTROL, 1, TIMER_COUNTS_ONCE);
            }
            machine.qtest().interceptInterrupts(controller);
            intercepted = controller;
        }
        return new QtestInterruptLine(machine.qtest(), number);
    }

    /** Finds a device that QEMU gives no name of its own, but a number that differs. */
    private Optional<String> unattached(Set<String> types) {
        for (JsonNode child : machine.qmp().execute("qom-list", Map.of("path", UNATTACHED))) {
            String type = child.path("type").asString("");
            if (type.startsWith(CHILD)
                    && types.contains(type.substring(CHILD.length(), type.length() - 1))) {
                return Optional.of(UNATTACHED + "/" + child.path("name").asString(""));
            }
        }
        return Optional.empty();
    }
}
