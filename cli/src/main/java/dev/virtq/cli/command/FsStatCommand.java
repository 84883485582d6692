package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.PrintableText;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fs stat}: all that is known of a file. */
@Command(
        name = "stat",
        description = "All that the server tells of a file; a link is not followed.")
final class FsStatCommand extends SessionCommand {
    @Parameters(paramLabel = "PATH", description = "The file.")
    private String path = "";

    FsStatCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        Path file = session().share().path(path);
        Map<String, Object> all = Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS);
        return new Stat(
                file.toString(),
                FileText.mode(FileText.integer(all, "mode")),
                FileText.number(all, "ino"),
                FileText.number(all, "size"),
                FileText.integer(all, "nlink"),
                FileText.integer(all, "uid"),
                FileText.integer(all, "gid"),
                FileText.time(all, "lastAccessTime"),
                FileText.time(all, "lastModifiedTime"),
                FileText.time(all, "ctime"));
    }

    record Stat(
            String path,
            String mode,
            long inode,
            long size,
            int links,
            int user,
            int group,
            String accessed,
            String modified,
            String changed)
            implements Answer {
        @Override
        public void print(Console console) {
            console.line(PrintableText.of(path));
            new Table("", "")
                    .row("  mode", mode)
                    .row("  inode", inode)
                    .row("  size", size)
                    .row("  links", links)
                    .row("  owner", "%d, group %d".formatted(user, group))
                    .row("  accessed", accessed)
                    .row("  modified", modified)
                    .row("  changed", changed)
                    .print(console);
        }
    }
}
