package dev.virtq.cli.command;

import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;

/** {@code net}: the network driver on the device, and a host on it. */
@Command(
        name = "net",
        description = {
            "The network driver on the device, and a small host on it.",
            "The host is 10.0.2.15/24, as QEMU's user network has it, until 'net dhcp'."
        })
final class NetCommand extends CommandGroup {
    NetCommand(Session session) {
        super(
                new NetUpCommand(session),
                new NetPingCommand(session),
                new NetArpCommand(session),
                new NetDhcpCommand(session),
                new NetTftpCommand(session),
                new NetCaptureCommand(session));
    }
}
