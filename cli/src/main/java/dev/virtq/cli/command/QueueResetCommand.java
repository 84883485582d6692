package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;

/** {@code queue N reset}: one queue back to its beginning (virtio 1.4, section 2.6.1). */
@Command(
        name = "reset",
        description = {
            "Resets this queue alone and enables it again, while the others run;",
            "takes a device that offers RING_RESET."
        })
final class QueueResetCommand extends SessionCommand {
    private final QueueCommand target;

    QueueResetCommand(Session session, QueueCommand target) {
        super(session);
        this.target = target;
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        int index = drive.queueNames().parse(target.queue());
        return new QueueWasReset(index, drive.resetQueue(index));
    }

    /**
     * What became of it.
     *
     * @param queue its index
     * @param inFlight how many transfers the device had
     */
    record QueueWasReset(int queue, int inFlight) implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "queue %d: reset and enabled again; %s had been with the device"
                            .formatted(queue, Quantity.count(inFlight, "transfer")));
        }
    }
}
