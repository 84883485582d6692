package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.Capture;
import dev.virtq.cli.session.NetDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.TimeSpan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code net capture}: frames to a file, in the background of the commands that follow. */
@Command(
        name = "capture",
        description = {
            "Writes frames to a pcapng file, which Wireshark and tcpdump read.",
            "It goes on behind the commands that follow, until --stop, until -c frames were written,",
            "or until virtq ends. With --for, it listens right away and stops after that time."
        })
final class NetCaptureCommand extends SessionCommand {
    private static final Duration SLICE = Duration.ofMillis(100);

    @Option(
            names = {"-w", "--write"},
            paramLabel = "FILE",
            description = "Where to; an existing file is replaced.")
    private @Nullable Path file;

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "Stop after so many frames.")
    private long count = Long.MAX_VALUE;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            description = "Listen now, for so long, as in 5s.")
    private @Nullable Duration time;

    @Option(names = "--stop", description = "End the capture that goes on.")
    private boolean stop;

    NetCaptureCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException, InterruptedException {
        NetDrive net = session().drive().net();
        Path target = file;
        if (stop && target == null) {
            return stopped(net);
        }
        if (stop || target == null) {
            throw new CommandException(
                    "where should the frames go (expected: -w FILE to start, or --stop alone)");
        }
        if (count < 1) {
            throw new CommandException(
                    "a count of %d frames (expected: 1 or more)".formatted(count));
        }
        Capture capture = start(net, target);
        Duration limit = time;
        if (limit == null) {
            return Captured.of(capture, true);
        }
        try {
            listen(net, capture, limit);
        } finally {
            net.stopCapture();
        }
        return Captured.of(capture, false);
    }

    private Capture start(NetDrive net, Path target) throws IOException {
        return net.startCapture(target, count);
    }

    private static Captured stopped(NetDrive net) throws IOException {
        return net.stopCapture()
                .map(capture -> Captured.of(capture, false))
                .orElseThrow(() ->
                        new CommandException(
                                "no capture goes on ('net capture -w FILE' starts one)"));
    }

    /** In slices, so that a full capture does not wait for the end of its time. */
    private static void listen(NetDrive net, Capture capture, Duration limit)
            throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        for (long left = limit.toNanos();
                left > 0 && !capture.isFull();
                left = deadline - System.nanoTime()) {
            net.port().receive(Duration.ofNanos(Math.min(left, SLICE.toNanos())));
        }
    }

    record Captured(String file, long frames, boolean running) implements Answer {
        static Captured of(Capture capture, boolean running) {
            return new Captured(capture.file().toString(), capture.frames(), running);
        }

        @Override
        public void print(Console console) {
            console.line(
                    running
                            ? "capturing to %s ('net capture --stop' ends it)".formatted(file)
                            : "%s written to %s".formatted(Quantity.count(frames, "frame"), file));
        }
    }
}
