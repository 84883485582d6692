package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciBar.Kind;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Opens the structures that a function's capabilities point to. Of several of one type, the first
 * that can be used is used (4.1.4.1#2); those whose BAR is not reached come last, and only where
 * the function can be asked for them through its configuration space. One that breaks a rule is
 * passed over; when none is left, the error says what was wrong with each.
 */
final class Structures {
    static final int HIGHEST_BAR = 5; // the values above are reserved

    private final PciFunction function;
    private final List<PciCapability> capabilities;
    private final @Nullable ConfigAccess access;
    private boolean usesPorts;

    /**
     * What a structure has to keep to be of use.
     *
     * @param type its type
     * @param alignment of its offset, in bytes
     * @param least how many bytes it has to have
     * @param most how many bytes are of use (4.1.4.1#5)
     */
    record Wanted(int type, int alignment, long least, long most) {}

    /**
     * A structure that can be used.
     *
     * @param structure what the capability says
     * @param window its registers
     */
    record Found(VirtioStructure structure, RegisterWindow window) {}

    Structures(PciFunction function, List<PciCapability> capabilities) {
        this.function = function;
        this.capabilities = List.copyOf(capabilities);
        access =
                all(StructureType.PCI_ACCESS).stream()
                        .findFirst()
                        .map(capability -> new ConfigAccess(function.configSpace(), capability))
                        .orElse(null);
    }

    /** {@return whether one that was found is in I/O space} */
    boolean usesPorts() {
        return usesPorts;
    }

    /** {@return what was found, or else the reason why nothing was} */
    Found require(Wanted wanted, String clause) {
        List<String> problems = new ArrayList<>();
        return find(wanted, problems).orElseThrow(() -> unusable(wanted.type(), clause, problems));
    }

    /**
     * Looks for the first that can be used.
     *
     * @param wanted what it has to be
     * @param problems takes what is wrong with those that cannot
     */
    Optional<Found> find(Wanted wanted, List<String> problems) {
        List<VirtioStructure> unreached = new ArrayList<>();
        for (PciCapability capability : capabilities) {
            if (capability instanceof Malformed bad && bad.type() == wanted.type()) {
                problems.add(at(bad.position()) + bad.problem());
            }
        }
        for (VirtioStructure structure : all(wanted.type())) {
            PciBar bar = barOf(function, structure);
            String problem = bar == null ? "" : problem(structure, bar, wanted);
            if (bar == null || problem != null) {
                problems.add(at(structure.position()) + describe(structure, bar) + problem);
            } else if (function.reaches(bar)) {
                usesPorts |= bar.kind() == Kind.IO;
                RegisterWindow whole = function.bar(bar.index());
                long size = usable(structure, bar, wanted);
                return Optional.of(new Found(structure, whole.slice(structure.offset(), size)));
            } else {
                unreached.add(structure);
            }
        }
        return throughConfiguration(unreached, wanted, problems);
    }

    static DeviceFaultException unusable(int type, String clause, List<String> problems) {
        return new DeviceFaultException(
                "the device has no usable structure \"" + StructureType.name(type) + '"',
                clause,
                problems.isEmpty() ? "no capability points to one" : String.join("; ", problems));
    }

    static @Nullable PciBar barOf(PciFunction function, VirtioStructure structure) {
        for (PciBar bar : function.bars()) {
            if (bar.index() == structure.bar()) {
                return bar;
            }
        }
        return null;
    }

    static String at(int position) {
        return "capability at 0x%02x: ".formatted(position);
    }

    static String describe(VirtioStructure structure, @Nullable PciBar bar) {
        return "0x%x bytes at offset 0x%x of BAR %d, which %s"
                .formatted(
                        structure.length(),
                        structure.offset(),
                        structure.bar(),
                        bar == null
                                ? "the function does not have"
                                : "has 0x%x bytes".formatted(bar.size()));
    }

    private Optional<Found> throughConfiguration(
            List<VirtioStructure> unreached, Wanted wanted, List<String> problems) {
        for (VirtioStructure structure : unreached) {
            PciBar bar = barOf(function, structure);
            if (bar != null && access != null) {
                long size = ConfigAccess.reachable(structure, usable(structure, bar, wanted));
                if (size >= wanted.least()) {
                    return Optional.of(new Found(structure, access.window(structure, size)));
                }
            }
            problems.add(
                    at(structure.position())
                            + describe(structure, bar)
                            + " and which the machine does not reach");
        }
        return Optional.empty();
    }

    /** Structures with a reserved BAR are as if they were not there (4.1.4.1#4). */
    private List<VirtioStructure> all(int type) {
        List<VirtioStructure> found = new ArrayList<>();
        for (PciCapability capability : capabilities) {
            if (capability instanceof VirtioStructure structure
                    && structure.type() == type
                    && structure.bar() <= HIGHEST_BAR) {
                found.add(structure);
            }
        }
        return found;
    }

    private static @Nullable String problem(VirtioStructure structure, PciBar bar, Wanted wanted) {
        if (structure.offset() % wanted.alignment() != 0) {
            return " (expected: an offset that is a multiple of %d)".formatted(wanted.alignment());
        }
        if (wanted.type() == StructureType.NOTIFICATIONS) {
            Long multiplier = structure.notifyOffMultiplier();
            if (multiplier == null || !NotifyStructure.isMultiplier(multiplier)) {
                return ", with multiplier %s (expected: 0, or an even power of 2)"
                        .formatted(multiplier);
            }
        }
        return usable(structure, bar, wanted) < wanted.least()
                ? " (expected: %d bytes or more within the BAR)".formatted(wanted.least())
                : null;
    }

    /**
     * One that claims to be longer than its BAR ends with the BAR, since drivers have to cope with
     * a length that is too large (4.1.4.1#6).
     */
    private static long usable(VirtioStructure structure, PciBar bar, Wanted wanted) {
        long within = Math.min(structure.length(), bar.size() - structure.offset());
        return Math.min(within, wanted.most());
    }
}
