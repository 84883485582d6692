package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.PrintableText;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fs find}: what is below a folder. */
@Command(name = "find", description = "All that is below a folder, with names that match.")
final class FsFindCommand extends SessionCommand {
    @Parameters(
            arity = "0..1",
            paramLabel = "PATH",
            description = "Where to begin (default: the root).")
    private String path = "/";

    @Option(
            names = "--name",
            paramLabel = "GLOB",
            description = "Names that match, as in '*.java' (default: all).")
    private String glob = "*";

    FsFindCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        PathMatcher matcher = matcher(share);
        return new Found(
                Names.below(share.path(path)).stream()
                        .filter(each -> matches(matcher, each))
                        .map(Path::toString)
                        .toList());
    }

    private PathMatcher matcher(ShareDrive share) {
        try {
            return share.fileSystem().getPathMatcher("glob:" + glob);
        } catch (PatternSyntaxException e) {
            throw new CommandException(
                    "--name '%s' is no pattern: %s".formatted(glob, e.getDescription()));
        }
    }

    private boolean matches(PathMatcher matcher, Path each) {
        Path name = each.getFileName();
        return name == null ? glob.equals("*") : matcher.matches(name);
    }

    record Found(List<String> paths) implements Answer {
        @Override
        public void print(Console console) {
            paths.forEach(path -> console.line(PrintableText.of(path)));
        }
    }
}
