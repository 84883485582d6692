package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fs get}: one file. */
@Command(name = "get", description = "Copies a file from the share to this computer.")
final class FsGetCommand extends FsPlacingCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "What to copy.")
    private String source = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "Where to (default: its name, here).")
    private @Nullable Path target;

    FsGetCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        Path from = share.path(source);
        Path to = placeOf(from, target == null ? Path.of("") : target);
        return new FileProgress(session().console(), !session().answersInJson())
                .copy(from, to, replaces());
    }
}
