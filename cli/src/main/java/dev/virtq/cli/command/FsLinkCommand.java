package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fs ln}: another name for a file. */
@Command(name = "ln", description = "Gives a file another name; with -s makes a symbolic link.")
final class FsLinkCommand extends SessionCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "What there is, or is pointed to.")
    private String target = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "The new name.")
    private String name = "";

    @Option(
            names = {"-s", "--symbolic"},
            description = "A symbolic link, whether there is anything or not.")
    private boolean symbolic;

    FsLinkCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        Path link = share.path(name);
        if (symbolic) {
            Files.createSymbolicLink(link, share.fileSystem().getPath(target));
        } else {
            Path existing = share.path(target);
            // Who cannot be linked to is told of by its own name.
            Files.readAttributes(existing, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Files.createLink(link, existing);
        }
        return new DoneWithFile("%s -> %s".formatted(link, target));
    }
}
