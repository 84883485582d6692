package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/**
 * A command that puts a file somewhere: under a name that is given, or into a folder under its own.
 */
abstract class FsPlacingCommand extends SessionCommand {
    @Option(
            names = {"-f", "--force"},
            description = "Replace what is there.")
    private boolean force;

    FsPlacingCommand(Session session) {
        super(session);
    }

    /** {@return whether what is there may be replaced} */
    final boolean replaces() {
        return force;
    }

    /** {@return where a file goes: in the place if that is a folder, else there} */
    static Path placeOf(Path source, Path place) {
        Path name = source.getFileName();
        return Files.isDirectory(place) && name != null ? place.resolve(name.toString()) : place;
    }
}
