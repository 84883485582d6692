package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fs rm}: takes files away. */
@Command(
        name = "rm",
        description = "Removes a file, or an empty folder; with -r all that is in it.")
final class FsRemoveCommand extends SessionCommand {
    @Parameters(paramLabel = "PATH", description = "What to remove.")
    private String path = "";

    @Option(
            names = {"-r", "--recursive"},
            description = "A folder and all that is in it.")
    private boolean recursive;

    FsRemoveCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        Path start = session().share().path(path);
        int removed = 0;
        if (recursive && Files.isDirectory(start, LinkOption.NOFOLLOW_LINKS)) {
            for (Path each : Names.below(start).reversed()) { // what is in a folder before it
                Files.delete(each);
                removed++;
            }
        } else {
            Files.delete(start);
            removed = 1;
        }
        return new DoneWithFile(
                start + ": removed" + (removed == 1 ? "" : ", %d in all".formatted(removed)));
    }
}
