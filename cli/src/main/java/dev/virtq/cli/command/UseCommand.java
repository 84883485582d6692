package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.Session;
import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code use}: chooses the device that the other commands drive. */
@Command(name = "use", description = "Chooses the device that the other commands drive.")
final class UseCommand extends SessionCommand {
    @Parameters(paramLabel = "DEVICE", description = "A virtio device, as 'devices' lists it.")
    private String device = "";

    UseCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        AttachedDevice chosen = session().use(device);
        return new Chosen(
                chosen.name(), chosen.type().map(DeviceType::name).orElse(""), chosen.location());
    }

    record Chosen(String device, String type, String location) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: %s at %s".formatted(device, type, location));
        }
    }
}
