package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine.Parameters;

/** A command that puts a file of the share elsewhere in the share. */
abstract class FsRelocatingCommand extends FsPlacingCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "What.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "Where to.")
    private String target = "";

    FsRelocatingCommand(Session session) {
        super(session);
    }

    /**
     * Does it.
     *
     * @return what was done, as in {@code copied}
     */
    abstract String relocate(Path from, Path to, CopyOption... options) throws IOException;

    @Override
    final Answer answer() throws IOException {
        ShareDrive share = session().share();
        Path from = share.path(source);
        Path to = placeOf(from, share.path(target));
        CopyOption[] options =
                replaces()
                        ? new CopyOption[] {StandardCopyOption.REPLACE_EXISTING}
                        : new CopyOption[0];
        return new DoneWithFile("%s %s to %s".formatted(from, relocate(from, to, options), to));
    }
}
