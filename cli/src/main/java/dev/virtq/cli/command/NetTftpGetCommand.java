package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.network.DhcpLease;
import dev.virtq.cli.network.Ipv4Address;
import dev.virtq.cli.network.TftpClient;
import dev.virtq.cli.network.TftpProgress;
import dev.virtq.cli.network.TftpReceipt;
import dev.virtq.cli.network.TftpRequest;
import dev.virtq.cli.session.NetDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code net tftp get}: one file. */
@Command(name = "get", description = "Reads a file by TFTP.")
final class NetTftpGetCommand extends SessionCommand {
    @Parameters(paramLabel = "NAME", description = "The file as the server knows it.")
    private String path = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to write it (default: its name, here).")
    private @Nullable Path output;

    @Option(
            names = "--server",
            paramLabel = "IP",
            converter = IpConverter.class,
            description = "Who has it (default: whom DHCP named, else the gateway).")
    private @Nullable Ipv4Address server;

    NetTftpGetCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException, InterruptedException {
        Path target = target();
        NetDrive net = session().drive().net();
        TftpRequest request = TftpRequest.of(serverOf(net), path);
        TftpReceipt receipt =
                new TftpClient(net.host()).download(request, target, TftpProgress.SILENT);
        return new Receipt(
                path,
                target.toString(),
                request.server().toString(),
                receipt.bytes(),
                receipt.blocks(),
                receipt.blockSize(),
                receipt.retransmissions(),
                receipt.elapsedNanos());
    }

    private Path target() {
        Path named = output;
        if (named != null) {
            return named;
        }
        Path name = Path.of(path).getFileName();
        if (name == null) {
            throw new CommandException(
                    "'%s' has no file name to store it under; name one with -o".formatted(path));
        }
        return name;
    }

    private Ipv4Address serverOf(NetDrive net) {
        Ipv4Address named = server;
        if (named != null) {
            return named;
        }
        if (net.lease().isPresent()) {
            DhcpLease lease = net.lease().get();
            Ipv4Address next = lease.nextServer();
            return next != null ? next : lease.server();
        }
        Ipv4Address gateway = net.settings().gateway();
        if (gateway == null) {
            throw new CommandException("there is no server to ask; name one with --server");
        }
        return gateway;
    }

    record Receipt(
            String path,
            String file,
            String server,
            long bytes,
            long blocks,
            int blockSize,
            int retransmissions,
            long elapsedNanos)
            implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "%s from %s: %s in %s, %s (%s), to %s"
                            .formatted(
                                    path,
                                    server,
                                    Quantity.bytes(bytes),
                                    Quantity.count(blocks, "block"),
                                    Quantity.time(elapsedNanos),
                                    rate(),
                                    file));
            if (retransmissions > 0) {
                console.line(Quantity.count(retransmissions, "retransmission"));
            }
        }

        private String rate() {
            return String.format(Locale.ROOT, "%.1f MB/s", bytes * 1e3 / Math.max(1, elapsedNanos));
        }
    }
}
