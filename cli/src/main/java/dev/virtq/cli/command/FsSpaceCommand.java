package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import picocli.CommandLine.Command;

/** {@code fs df}: how much room there is. */
@Command(name = "df", description = "How much room the share has.")
final class FsSpaceCommand extends SessionCommand {
    FsSpaceCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        FileStore store = Files.getFileStore(session().share().path("/"));
        return new Space(
                store.name(),
                store.getTotalSpace(),
                store.getUnallocatedSpace(),
                store.getUsableSpace());
    }

    record Space(String name, long total, long free, long usable) implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "%s: %s, of which %s are free and %s usable"
                            .formatted(
                                    name,
                                    Quantity.bytes(total),
                                    Quantity.bytes(free),
                                    Quantity.bytes(usable)));
        }
    }
}
