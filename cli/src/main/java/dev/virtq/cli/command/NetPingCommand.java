package dev.virtq.cli.command;

import dev.virtq.cli.network.Ipv4Address;
import dev.virtq.cli.network.PingClient;
import dev.virtq.cli.network.PingEvent;
import dev.virtq.cli.network.PingRequest;
import dev.virtq.cli.session.MemoryHole;
import dev.virtq.cli.session.NetDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.TimeSpan;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code net ping}: ICMP echo, with every byte compared. */
@Command(
        name = "ping",
        description = {
            "Sends ICMP echo requests, and compares every byte of the replies.",
            "The exit status is 1 when none came back as it went out, or one came back changed."
        })
final class NetPingCommand extends SessionCommand {
    @Parameters(
            paramLabel = "IP",
            converter = IpConverter.class,
            description = "Whom to ping, as in 10.0.2.2.")
    private Ipv4Address target = Ipv4Address.ANY;

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            defaultValue = "4",
            description = "How many requests (default: 4).")
    private int count;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            defaultValue = "56",
            description = "How many bytes of payload each (default: 56).")
    private int size;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            defaultValue = "200ms",
            description = "From one request to the next (default: 200ms); 0 waits for nothing.")
    private Duration interval = Duration.ZERO;

    @Option(
            names = {"-W", "--timeout"},
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            defaultValue = "1s",
            description = "How long to wait for each reply (default: 1s).")
    private Duration timeout = Duration.ZERO;

    @Option(
            names = "--across-hole",
            description = {
                "Let each request lie across a hole of the memory,",
                "half of it below and half above."
            })
    private boolean acrossHole;

    NetPingCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        PingRequest request = new PingRequest(target, count, size, interval, timeout);
        NetDrive net = session().drive().net();
        Optional<MemoryHole> hole = acrossHole ? Optional.of(hole(net)) : Optional.empty();
        PingAnswer.Builder answer = new PingAnswer.Builder(request, net.settings().address(), hole);
        show(answer.heading());
        net.wire().sendAcross(hole.orElse(null));
        try {
            new PingClient(net.host()).run(request, event -> took(event, answer));
        } catch (InterruptedException e) {
            answer.interrupted(); // what was measured so far is still worth showing
        } finally {
            net.wire().sendAcross(null);
        }
        return answer.build();
    }

    private void took(PingEvent event, PingAnswer.Builder answer) {
        show(answer.add(event));
    }

    private static MemoryHole hole(NetDrive net) {
        return MemoryHole.of(net.device().memory())
                .orElseThrow(() ->
                        new CommandException(
                                "the memory of this machine has no hole (expected: --machine"
                                        + " sim, or QEMU with --memory 256M"
                                        + " --qemu-arg=-machine"
                                        + " --qemu-arg=q35,max-ram-below-4g=128M)"));
    }
}
