package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.TimeSpan;
import dev.virtq.device.Recovery;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code reconnect}: the way on when a back end was started again. */
@Command(
        name = "reconnect",
        description = {
            "Goes on with a device that was lost, as when its back end was started again.",
            "What it had used can be polled. What it had not is resumed where both back ends keep",
            "account of it, else sent again if it is idempotent, else given up."
        })
final class ReconnectCommand extends SessionCommand {
    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            defaultValue = "5s",
            description = "How long to wait for the back end (default: 5s).")
    private Duration patience = Duration.ZERO;

    ReconnectCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws InterruptedException {
        DeviceDrive drive = session().drive();
        DeviceDrive.GoneOn goneOn = drive.reconnect(patience);
        Recovery recovery = goneOn.recovery();
        return new Reconnected(
                drive.attached().name(),
                recovery.completed(),
                recovery.resumed(),
                recovery.sentAgain(),
                recovery.returned(),
                goneOn.givenUp());
    }

    /**
     * What became of the transfers that the device was lost with.
     *
     * @param givenUp of those that were returned, how many nobody sends again
     */
    record Reconnected(
            String device, int completed, int resumed, int sentAgain, int returned, int givenUp)
            implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "%s: reconnected; transfers that were on their way: %s, %d of them given up"
                            .formatted(
                                    device,
                                    new Recovery(completed, resumed, sentAgain, returned),
                                    givenUp));
        }
    }
}
