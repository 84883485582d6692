package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;

/** {@code mem}: the memory of the machine. */
@Command(name = "mem", description = "The memory that the devices can reach.")
final class MemCommand extends CommandGroup {
    MemCommand(Session session) {
        super(new MemDumpCommand(session));
    }
}
