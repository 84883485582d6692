package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import dev.virtq.machine.host.HostMachine;
import dev.virtq.machine.qemu.QemuMachine;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciCapability.MsixEntry;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.PciDescription;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code pci}: the functions on the bus, with BARs and capabilities (virtio 1.4, section 4.1). */
@Command(
        name = "pci",
        description = "The PCI functions of the machine: ids, BARs, capabilities, MSI-X vectors.")
final class PciCommand extends SessionCommand {
    PciCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        if (session().machine() instanceof QemuMachine qemu) {
            return new Functions(qemu.pci().functions().stream().map(PciDescription::of).toList());
        }
        if (session().machine() instanceof HostMachine host) {
            return new Functions(List.of(PciDescription.of(host.function())));
        }
        throw new CommandException(
                "the machine '%s' has no PCI bus (expected: --machine qemu, qemu-local or host)"
                        .formatted(session().machine().kind()));
    }

    record Functions(List<PciDescription> functions) implements Answer {
        @Override
        public void print(Console console) {
            boolean first = true;
            for (PciDescription function : functions) {
                if (!first) {
                    console.line("");
                }
                first = false;
                print(console, function);
            }
        }

        private static void print(Console console, PciDescription function) {
            console.line(
                    console.styled(
                            Style.STRONG,
                            "%s  %s  [%s] class %06x"
                                    .formatted(
                                            function.address(),
                                            function.kind(),
                                            function.ids(),
                                            function.ids().classCode())));
            Table table = new Table("", "", "");
            for (PciBar bar : function.bars()) {
                table.row(
                        "  BAR " + bar.index(),
                        "0x%08x".formatted(bar.address()),
                        Quantity.bytes(bar.size())
                                + switch (bar.kind()) {
                                    case IO -> " of ports";
                                    case MEMORY_32 -> " of 32-bit memory";
                                    case MEMORY_64 -> " of 64-bit memory";
                                });
            }
            for (PciCapability capability : function.capabilities()) {
                table.row(
                        "  at 0x%02x".formatted(capability.position()),
                        capability.name(),
                        detail(capability));
            }
            table.print(console);
            for (PciCapability capability : function.capabilities()) {
                if (capability instanceof Msix msix && msix.enabled()) {
                    msix.entries().forEach(entry -> console.line(line(entry)));
                }
            }
            function.problems()
                    .forEach(problem -> console.line(console.styled(Style.BAD, "  " + problem)));
        }

        private static String detail(PciCapability capability) {
            return switch (capability) {
                case VirtioStructure part ->
                        "BAR %d +0x%x, 0x%x bytes%s"
                                .formatted(
                                        part.bar(),
                                        part.offset(),
                                        part.length(),
                                        part.notifyOffMultiplier() == null
                                                ? ""
                                                : ", multiplier " + part.notifyOffMultiplier());
                case Msix msix ->
                        "%d vectors, %s%s, table BAR %d +0x%x, pending BAR %d +0x%x"
                                .formatted(
                                        msix.vectors(),
                                        msix.enabled() ? "enabled" : "disabled",
                                        msix.masked() ? ", all masked" : "",
                                        msix.tableBar(),
                                        msix.tableOffset(),
                                        msix.pendingBar(),
                                        msix.pendingOffset());
                case PciCapability.VendorData vendor ->
                        "vendor %04x: %s".formatted(vendor.vendorId(), vendor.data());
                case Malformed bad -> bad.problem();
                case PciCapability.Other _ -> "";
            };
        }

        private static String line(MsixEntry entry) {
            return "    vector %d: 0x%08x <- 0x%08x%s%s"
                    .formatted(
                            entry.vector(),
                            entry.address(),
                            entry.data(),
                            entry.masked() ? ", masked" : "",
                            entry.pending() ? ", pending" : "");
        }
    }
}
