package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fs cat}: the text of a file. */
@Command(name = "cat", description = "Shows a file of the share as text (UTF-8).")
final class FsCatCommand extends SessionCommand {
    private static final long LONGEST = 1 << 20;

    @Parameters(paramLabel = "PATH", description = "The file.")
    private String path = "";

    FsCatCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        Path file = session().share().path(path);
        long size = Files.size(file);
        if (size > LONGEST) {
            throw new CommandException(
                    "%s has %d bytes, more than anybody reads ('fs get' copies it)"
                            .formatted(file, size));
        }
        if (Files.isDirectory(file)) {
            throw new CommandException("%s: is a folder (expected: a file)".formatted(file));
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes((int) LONGEST + 1); // whatever it says of its size
        }
        if (bytes.length > LONGEST) {
            throw new CommandException(
                    "%s has more than %d bytes, more than anybody reads ('fs get' copies it)"
                            .formatted(file, LONGEST));
        }
        return new Text(file.toString(), new String(bytes, StandardCharsets.UTF_8));
    }

    record Text(String path, String text) implements Answer {
        @Override
        public void print(Console console) {
            text.lines().forEach(console::line);
        }
    }
}
