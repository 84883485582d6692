package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;

/** {@code fs}: what is done with a share (virtio 1.4, section 5.11). */
@Command(
        name = "fs",
        description = {
            "Files of a shared folder, without a mount of the kernel.",
            "The machine shares one with --share DIR, or is a virtiofsd that runs already."
        },
        footer = {
            "",
            "Examples:",
            "  virtq exec --machine qemu-local --share /srv 'fs ls -l /'",
            "  virtq exec --machine vhost-user:/run/fs.sock,type=fs 'fs get /data/a.bin'"
        })
final class FsCommand extends CommandGroup {
    FsCommand(Session session) {
        super(
                new FsMountCommand(session),
                new FsListCommand(session),
                new FsCatCommand(session),
                new FsGetCommand(session),
                new FsPutCommand(session),
                new FsCopyCommand(session),
                new FsMoveCommand(session),
                new FsRemoveCommand(session),
                new FsMakeDirectoryCommand(session),
                new FsLinkCommand(session),
                new FsStatCommand(session),
                new FsSpaceCommand(session),
                new FsFindCommand(session),
                new FsTraceCommand(session),
                new FsBenchCommand(session));
    }
}
