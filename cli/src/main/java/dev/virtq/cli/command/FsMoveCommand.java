package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fs mv}: within the share. */
@Command(name = "mv", description = "Moves a file or folder within the share.")
final class FsMoveCommand extends SessionCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "What.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "Where to.")
    private String target = "";

    @Option(
            names = {"-f", "--force"},
            description = "Replace what is there.")
    private boolean force;

    FsMoveCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        Path from = share.path(source);
        Path to = share.path(target);
        Path name = from.getFileName();
        if (Files.isDirectory(to) && name != null) {
            to = to.resolve(name);
        }
        StandardCopyOption[] options =
                force
                        ? new StandardCopyOption[] {StandardCopyOption.REPLACE_EXISTING}
                        : new StandardCopyOption[0];
        Files.move(from, to, options);
        return new DoneWithFile(from + " moved to " + to);
    }
}
