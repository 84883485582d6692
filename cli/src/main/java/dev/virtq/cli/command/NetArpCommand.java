package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.network.ArpAnswer;
import dev.virtq.cli.network.ArpClient;
import dev.virtq.cli.network.ArpRequest;
import dev.virtq.cli.network.Ipv4Address;
import dev.virtq.cli.session.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code net arp}: who has an address. */
@Command(name = "arp", description = "Asks who has an IPv4 address.")
final class NetArpCommand extends SessionCommand {
    @Parameters(
            paramLabel = "IP",
            converter = IpConverter.class,
            description = "An address on the link, as in 10.0.2.2.")
    private Ipv4Address address = Ipv4Address.ANY;

    NetArpCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws InterruptedException {
        ArpRequest request = ArpRequest.to(address);
        ArpAnswer answer = new ArpClient(session().drive().net().host()).ask(request);
        return new Neighbour(
                answer.address().toString(), answer.mac().toString(), answer.roundTripNanos());
    }

    record Neighbour(String address, String mac, long roundTripNanos) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s is at %s (%s)".formatted(address, mac, Quantity.time(roundTripNanos)));
        }
    }
}
