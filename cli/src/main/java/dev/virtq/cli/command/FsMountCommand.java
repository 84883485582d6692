package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.PrintableText;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareDrive;
import dev.virtq.drivers.fs.fuse.FuseConfig;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.drivers.fs.fuse.FuseSession;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code fs mount}: what FUSE_INIT has settled. The other commands mount by themselves. */
@Command(name = "mount", description = "Mounts the share, and shows what was agreed on.")
final class FsMountCommand extends SessionCommand {
    FsMountCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException {
        ShareDrive share = session().share();
        FuseSession agreed = share.fileSystem().client().session();
        FuseConfig config = share.fileSystem().client().connection().config();
        return new Mounted(
                config.tag(),
                share.device().transport().name(),
                "%d.%d".formatted(FuseSession.MAJOR, agreed.minor()),
                config.requestQueues(),
                agreed.maxRead(),
                agreed.maxWrite(),
                share.fileSystem().windowSize().orElse(0L),
                agreed.flags().stream().sorted().map(FuseFlag::name).toList());
    }

    record Mounted(
            String tag,
            String location,
            String protocol,
            long requestQueues,
            int maxRead,
            int maxWrite,
            long window,
            List<String> flags)
            implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "%s at %s: FUSE %s, %s, %s a read and %s a write at most"
                            .formatted(
                                    tag.isEmpty() ? "the share" : "'" + PrintableText.of(tag) + "'",
                                    location,
                                    protocol,
                                    Quantity.count(requestQueues, "request queue"),
                                    Quantity.bytes(maxRead),
                                    Quantity.bytes(maxWrite)));
            console.line(
                    window == 0
                            ? "no DAX window: files are read and written, and cannot be mapped"
                            : "a DAX window of %s, in which files are mapped"
                                    .formatted(Quantity.bytes(window)));
            console.line(flags.stream().collect(Collectors.joining(" ")));
        }
    }
}
