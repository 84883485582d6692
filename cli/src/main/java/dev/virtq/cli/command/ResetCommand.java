package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.device.DeviceStatus;
import picocli.CommandLine.Command;

/** {@code reset}: the way out of NEEDS_RESET, and back to the beginning. */
@Command(
        name = "reset",
        description = "Resets the device; the next command that needs it brings it up anew.")
final class ResetCommand extends SessionCommand {
    ResetCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        drive.reset();
        return new Done(drive.attached().name(), drive.transport().readStatus());
    }

    record Done(String device, int status) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: reset, status %s".formatted(device, DeviceStatus.describe(status)));
        }
    }
}
