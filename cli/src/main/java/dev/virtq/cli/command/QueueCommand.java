package dev.virtq.cli.command;

import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code queue N}: the ring of one queue; and, with a verb behind it, driving it by hand. */
@Command(
        name = "queue",
        description = "Shows the ring of a queue; with a verb, drives it by hand.",
        footer = {
            "",
            "Examples:",
            "  queue 0",
            "  queue 1 send --readable 'hex:00' --readable zero:11 --writable 64",
            "  queue 1 poll",
            "  queue 1 reset"
        })
final class QueueCommand extends SessionCommand {
    @Parameters(
            paramLabel = "QUEUE",
            description = "Its number, or its name, as 'queues' lists them.")
    private String queue = "";

    @Option(names = "--all", description = "Every chain, however many there are.")
    private boolean all;

    QueueCommand(Session session) {
        super(session);
    }

    /** {@return the verbs, each of which acts on the queue that is named before it} */
    List<Object> verbs() {
        return List.of(
                new QueueSendCommand(session(), this),
                new QueueKickCommand(session(), this),
                new QueuePollCommand(session(), this),
                new QueueResetCommand(session(), this));
    }

    /** {@return the queue as it was typed} */
    String queue() {
        return queue;
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        var picture = drive.queue(queue).snapshot();
        return new QueuePicture(
                drive.attached().name(),
                drive.queueNames().of(picture.queue()),
                picture,
                all ? Integer.MAX_VALUE : QueuePicture.USUAL_CHAINS);
    }
}
