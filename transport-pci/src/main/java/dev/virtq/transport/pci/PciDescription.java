package dev.virtq.transport.pci;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioException;
import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciCapability.MsixEntry;
import dev.virtq.transport.pci.layout.CapabilityList;
import dev.virtq.transport.pci.layout.ConfigHeader;
import dev.virtq.transport.pci.layout.Identity;
import dev.virtq.transport.pci.layout.MsixTable;
import java.util.ArrayList;
import java.util.List;

/**
 * What a function shows of itself, for people to look at: plain records, made without changing
 * anything, and of any function, virtio or not, sound or not.
 *
 * @param address where it is, as in {@code 00:01.0}
 * @param kind what it is, as in {@code virtio net}
 * @param ids its ids and class
 * @param bars its BARs
 * @param capabilities its capabilities, in their order
 * @param problems what is wrong with it, one sentence each; empty when nothing is
 */
public record PciDescription(
        String address,
        String kind,
        PciIds ids,
        List<PciBar> bars,
        List<PciCapability> capabilities,
        List<String> problems) {
    /** More vectors than this are not listed. */
    private static final int LISTED_VECTORS = 64;

    /** Keeps copies of the lists. */
    public PciDescription {
        bars = List.copyOf(bars);
        capabilities = List.copyOf(capabilities);
        problems = List.copyOf(problems);
    }

    /**
     * Looks at a function. Of its MSI-X table the first 64 entries are read, and only when the
     * function answers to its memory BARs and the machine reaches it.
     *
     * @param function any function
     * @return what it shows
     */
    public static PciDescription of(PciFunction function) {
        ConfigHeader header = new ConfigHeader(function.configSpace());
        PciIds ids = header.ids();
        Identity identity = new Identity(function.address(), ids);
        CapabilityList list = CapabilityList.read(function.configSpace(), identity.isVirtio());
        List<String> problems = new ArrayList<>();
        List<PciCapability> capabilities = new ArrayList<>();
        for (PciCapability capability : list.found()) {
            if (capability instanceof PciCapability.Malformed bad) {
                problems.add(
                        "%s at 0x%02x: %s".formatted(bad.name(), bad.position(), bad.problem()));
            }
            capabilities.add(
                    capability instanceof Msix msix
                                    && header.decodesMemory()
                                    && MsixTable.isReached(function, msix)
                            ? withEntries(function, msix, problems)
                            : capability);
        }
        list.fault().map(VirtioException::getMessage).ifPresent(problems::add);
        return new PciDescription(
                function.address().toString(),
                identity.describe(),
                ids,
                function.bars(),
                capabilities,
                problems);
    }

    private static Msix withEntries(PciFunction function, Msix msix, List<String> problems) {
        MsixTable table;
        try {
            table = new MsixTable(function, msix);
        } catch (DeviceFaultException broken) {
            problems.add(String.valueOf(broken.getMessage()));
            return msix;
        }
        List<MsixEntry> entries = new ArrayList<>();
        for (int vector = 0; vector < Math.min(table.vectors(), LISTED_VECTORS); vector++) {
            entries.add(table.entry(vector));
        }
        return new Msix(
                msix.position(),
                msix.id(),
                msix.name(),
                msix.vectors(),
                msix.enabled(),
                msix.masked(),
                msix.tableBar(),
                msix.tableOffset(),
                msix.pendingBar(),
                msix.pendingOffset(),
                entries);
    }
}
