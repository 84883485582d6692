package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;

/** {@code net tftp}: files of the network's server. */
@Command(name = "tftp", description = "Files of a TFTP server.")
final class NetTftpCommand extends CommandGroup {
    NetTftpCommand(Session session) {
        super(new NetTftpGetCommand(session));
    }
}
