package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.Session;
import dev.virtq.machine.qemu.QemuMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code device unplug}: takes a device out of the machine. */
@Command(
        name = "unplug",
        description = "Unplugs a device from its hot-plug port; whoever drives it lets go of it.")
final class DeviceUnplugCommand extends SessionCommand {
    @Parameters(paramLabel = "DEVICE", description = "A device that was plugged in.")
    private String device = "";

    DeviceUnplugCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        QemuMachine machine = DeviceCommand.machine(session());
        machine.unplug(device, () -> session().letGo(device));
        return new Unplugged(device);
    }

    record Unplugged(String device) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: unplugged".formatted(device));
        }
    }
}
