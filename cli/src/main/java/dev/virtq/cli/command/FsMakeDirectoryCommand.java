package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fs mkdir}: a new folder. */
@Command(name = "mkdir", description = "Makes a folder; with -p those that it is in, too.")
final class FsMakeDirectoryCommand extends SessionCommand {
    @Parameters(paramLabel = "PATH", description = "The folder.")
    private String path = "";

    @Option(
            names = {"-p", "--parents"},
            description = "Make those that it is in, and take one that is there.")
    private boolean parents;

    FsMakeDirectoryCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        Path folder = session().share().path(path);
        if (parents) {
            Files.createDirectories(folder);
        } else {
            Files.createDirectory(folder);
        }
        return new DoneWithFile(folder + ": made");
    }
}
