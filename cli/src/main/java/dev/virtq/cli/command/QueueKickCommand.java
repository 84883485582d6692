package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.Session;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.Virtqueue;
import picocli.CommandLine.Command;

/** {@code queue N kick}: an available buffer notification, wanted or not. */
@Command(name = "kick", description = "Notifies the device, whether it wants to be or not.")
final class QueueKickCommand extends SessionCommand {
    private final QueueCommand target;

    QueueKickCommand(Session session, QueueCommand target) {
        super(session);
        this.target = target;
    }

    @Override
    Answer answer() {
        Virtqueue queue = session().drive().queue(target.queue());
        int published = queue.publish();
        NextKick before = queue.snapshot().nextKick();
        queue.notifyDevice();
        return new Kicked(queue.index(), published, before.chains(), before.wanted());
    }

    record Kicked(int queue, int published, int chains, boolean wanted) implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "queue %d kicked: %s for the device to find; it %s"
                            .formatted(
                                    queue,
                                    chains == 1
                                            ? "1 chain was there"
                                            : chains + " chains were there",
                                    wanted ? "had asked for it" : "had not asked for it"));
        }
    }
}
