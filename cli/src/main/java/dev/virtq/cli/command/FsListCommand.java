package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.PrintableText;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fs ls}: what is in a folder. */
@Command(name = "ls", description = "What is in a folder of the share.")
final class FsListCommand extends SessionCommand {
    @Parameters(
            arity = "0..1",
            paramLabel = "PATH",
            description = "The folder, or a file (default: the root).")
    private String path = "/";

    @Option(names = "-l", description = "With permissions, owner, size and time.")
    private boolean details;

    FsListCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        Path start = share.path(path);
        List<Entry> entries = new ArrayList<>();
        if (Files.isDirectory(start)) {
            for (Path each : Names.in(start)) {
                try {
                    entries.add(entry(each));
                } catch (NoSuchFileException e) {
                    // it has gone since
                }
            }
            entries.sort(java.util.Comparator.comparing(Entry::name));
        } else {
            entries.add(entry(start));
        }
        return new Listing(start.toString(), details, entries);
    }

    private static Entry entry(Path path) throws IOException {
        Map<String, Object> all = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
        int mode = FileText.integer(all, "mode");
        Path name = path.getFileName();
        return new Entry(
                name == null ? "/" : name.toString(),
                FileText.mode(mode),
                FileText.integer(all, "nlink"),
                FileText.integer(all, "uid"),
                FileText.integer(all, "gid"),
                FileText.number(all, "size"),
                FileText.time(all, "lastModifiedTime"),
                Files.isSymbolicLink(path) ? Files.readSymbolicLink(path).toString() : null);
    }

    record Entry(
            String name,
            String mode,
            int links,
            int user,
            int group,
            long size,
            String modified,
            @Nullable String target) {}

    record Listing(String path, boolean details, List<Entry> entries) implements Answer {
        @Override
        public void print(Console console) {
            if (!details) {
                entries.forEach(entry -> console.line(PrintableText.of(entry.name())));
                return;
            }
            Table table = new Table("", ">", ">", ">", ">", "", "");
            for (Entry entry : entries) {
                table.row(
                        entry.mode(),
                        entry.links(),
                        entry.user(),
                        entry.group(),
                        entry.size(),
                        entry.modified(),
                        PrintableText.of(
                                entry.name()
                                        + (entry.target() == null ? "" : " -> " + entry.target())));
            }
            table.print(console);
        }
    }
}
