package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.network.Ipv4Settings;
import dev.virtq.cli.session.NetDrive;
import dev.virtq.cli.session.Session;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code net up}: brings the network driver up. */
@Command(name = "up", description = "Brings the network driver up, and shows the interface.")
final class NetUpCommand extends SessionCommand {
    NetUpCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        String device = session().device().name();
        NetDrive net = session().drive().net();
        Ipv4Settings settings = net.settings();
        return new Interface(
                device,
                net.driver().mac().toString(),
                net.driver().mtu(),
                net.driver().linkUp(),
                settings.address().toString(),
                settings.prefixLength(),
                Optional.ofNullable(settings.gateway()).map(Object::toString),
                net.lease().isPresent() ? "dhcp" : "preset");
    }

    record Interface(
            String device,
            String mac,
            int mtu,
            boolean linkUp,
            String address,
            int prefixLength,
            Optional<String> gateway,
            String addressFrom)
            implements Answer {
        @Override
        public void print(Console console) {
            console.line(
                    "%s: link %s"
                            .formatted(
                                    device,
                                    linkUp
                                            ? console.styled(Style.GOOD, "up")
                                            : console.styled(Style.BAD, "down")));
            new Table("", "")
                    .row("mac", mac)
                    .row("mtu", mtu + " B")
                    .row(
                            "address",
                            "%s/%d (%s)"
                                    .formatted(
                                            address,
                                            prefixLength,
                                            addressFrom.equals("dhcp")
                                                    ? "from DHCP"
                                                    : "preset; 'net dhcp' asks for one"))
                    .row("gateway", gateway.orElse("none"))
                    .print(console);
        }
    }
}
