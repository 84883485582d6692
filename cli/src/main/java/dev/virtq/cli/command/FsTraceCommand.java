package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import dev.virtq.drivers.fs.fuse.FuseTracer;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fs trace}: every FUSE request of the commands that follow. */
@Command(
        name = "trace",
        description = {
            "Shows each FUSE request of what follows: time, node, bytes, and its descriptor chain."
        })
final class FsTraceCommand extends SessionCommand {
    /** Whether requests are shown. */
    private enum State {
        ON,
        OFF
    }

    @Parameters(paramLabel = "STATE", description = "on or off.")
    private String state = "";

    FsTraceCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        State wanted =
                switch (state) {
                    case "on" -> State.ON;
                    case "off" -> State.OFF;
                    default ->
                            throw new dev.virtq.cli.value.CommandException(
                                    "'%s' is no state of a trace (expected: on or off)"
                                            .formatted(state));
                };
        ShareDrive share = session().share();
        Console console = session().console();
        share.fileSystem()
                .client()
                .connection()
                .trace(
                        wanted == State.OFF
                                ? FuseTracer.NONE
                                : event -> console.remark(line(event)));
        return new DoneWithFile(
                wanted == State.ON ? "FUSE requests are shown" : "FUSE requests are not shown");
    }

    private static String line(FuseTracer.Event event) {
        return String.format(
                Locale.ROOT,
                "%9s  queue %d  %-16s node %d  chain of %d: %d bytes -> %d bytes%s%s",
                Quantity.time(event.nanos()),
                event.queue(),
                event.opcode(),
                event.node(),
                event.buffers(),
                event.sent(),
                event.received(),
                event.copied() == 0 ? "" : ", %d of them copied".formatted(event.copied()),
                event.error() == 0 ? "" : "  error " + event.error());
    }
}
