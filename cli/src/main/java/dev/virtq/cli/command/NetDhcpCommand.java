package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.network.DhcpClient;
import dev.virtq.cli.network.DhcpLease;
import dev.virtq.cli.session.NetDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.TimeSpan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code net dhcp}: gets an address, and uses it from then on. */
@Command(name = "dhcp", description = "Gets an address by DHCP, and uses it from then on.")
final class NetDhcpCommand extends SessionCommand {
    @Option(
            names = {"-W", "--timeout"},
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            defaultValue = "5s",
            description = "How long to try (default: 5s).")
    private Duration timeout = Duration.ZERO;

    NetDhcpCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws InterruptedException {
        NetDrive net = session().drive().net();
        DhcpLease lease = new DhcpClient(net.port()).obtain(timeout);
        net.use(lease);
        return new Lease(
                lease.address().toString(),
                lease.prefixLength(),
                lease.server().toString(),
                Optional.ofNullable(lease.router()).map(Object::toString),
                lease.nameServers().stream().map(Object::toString).toList(),
                lease.leaseTime().equals(DhcpLease.FOREVER)
                        ? Optional.empty()
                        : Optional.of(lease.leaseTime().toSeconds()),
                Optional.ofNullable(lease.nextServer()).map(Object::toString),
                Optional.ofNullable(lease.tftpServerName()),
                Optional.ofNullable(lease.bootFile()));
    }

    record Lease(
            String address,
            int prefixLength,
            String server,
            Optional<String> router,
            List<String> nameServers,
            Optional<Long> leaseSeconds,
            Optional<String> nextServer,
            Optional<String> tftpServerName,
            Optional<String> bootFile)
            implements Answer {
        @Override
        public void print(Console console) {
            Table table = new Table("", "");
            table.row("address", "%s/%d".formatted(address, prefixLength));
            table.row("from", server);
            table.row("router", router.orElse("none"));
            table.row("name servers", String.join(", ", nameServers));
            table.row("lease", leaseSeconds.map(seconds -> seconds + " s").orElse("without end"));
            nextServer.ifPresent(next -> table.row("next server", next));
            tftpServerName.ifPresent(name -> table.row("TFTP server", name));
            bootFile.ifPresent(file -> table.row("boot file", file));
            table.print(console);
        }
    }
}
