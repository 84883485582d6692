package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fs put}: one file. */
@Command(name = "put", description = "Copies a file of this computer to the share.")
final class FsPutCommand extends FsPlacingCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "What to copy.")
    private Path source = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PATH",
            description = "Where to (default: its name, in the share's root).")
    private @Nullable String target;

    FsPutCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        Path from = source;
        Path to = placeOf(from, share.path(target == null ? "/" : target));
        return new FileProgress(session().console(), !session().answersInJson())
                .copy(from, to, replaces());
    }
}
