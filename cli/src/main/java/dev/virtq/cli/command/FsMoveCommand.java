package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;

/** {@code fs mv}: within the share. */
@Command(name = "mv", description = "Moves a file or folder within the share.")
final class FsMoveCommand extends FsRelocatingCommand {
    FsMoveCommand(Session session) {
        super(session);
    }

    @Override
    String relocate(Path from, Path to, CopyOption... options) throws IOException {
        Files.move(from, to, options);
        return "moved";
    }
}
