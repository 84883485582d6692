package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import dev.virtq.machine.qemu.QemuMachine;
import picocli.CommandLine.Command;

/** {@code device}: devices that come and go while the machine runs. */
@Command(
        name = "device",
        description = "Plugs a device into the machine while it runs, and unplugs it.",
        footer = {
            "",
            "Examples:",
            "  device plug net",
            "  use net1",
            "  net ping 10.0.2.2",
            "  device unplug net1"
        })
final class DeviceCommand extends CommandGroup {
    DeviceCommand(Session session) {
        super(new DevicePlugCommand(session), new DeviceUnplugCommand(session));
    }

    /** {@return the machine, which is one into which devices can be plugged} */
    static QemuMachine machine(Session session) {
        if (session.machine() instanceof QemuMachine qemu) {
            return qemu;
        }
        throw new CommandException(
                "the machine '%s' has the devices that it started with (expected: --machine qemu or qemu-local, to plug others in)"
                        .formatted(session.machine().kind()));
    }
}
