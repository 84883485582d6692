package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.Session;
import dev.virtq.machine.Machine;
import dev.virtq.memory.Extent;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code machine}: what runs, and why this one. */
@Command(name = "machine", description = "What runs, why this one, its command line and sockets.")
final class MachineCommand extends SessionCommand {
    MachineCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        Machine machine = session().machine();
        return new Description(
                machine.kind(),
                machine.description(),
                session().reason(),
                machine.memory().extents(),
                machine.details());
    }

    record Description(
            String kind,
            String description,
            String reason,
            List<Extent> memory,
            Map<String, String> details)
            implements Answer {
        @Override
        public void print(Console console) {
            Table table = new Table("", "");
            table.row("machine", kind);
            table.row("is", description);
            table.row("why", reason);
            for (Extent extent : memory) {
                table.row(
                        "memory",
                        "0x%08x..0x%08x (%s)"
                                .formatted(
                                        extent.address(),
                                        extent.end() - 1,
                                        Quantity.bytes(extent.length())));
            }
            details.forEach(table::row);
            table.print(console);
        }
    }
}
