package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;

/** {@code fs cp}: within the share. */
@Command(name = "cp", description = "Copies a file within the share.")
final class FsCopyCommand extends FsRelocatingCommand {
    FsCopyCommand(Session session) {
        super(session);
    }

    @Override
    String relocate(Path from, Path to, CopyOption... options) throws IOException {
        Files.copy(from, to, options);
        return "copied";
    }
}
