package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;

/** {@code device plug}: what can be plugged in. */
@Command(name = "plug", description = "Plugs a device into the machine while it runs.")
final class DevicePlugCommand extends CommandGroup {
    DevicePlugCommand(Session session) {
        super(new DevicePlugNetCommand(session));
    }
}
