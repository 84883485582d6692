package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.HexDump;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.TimeSpan;
import dev.virtq.device.VirtioException;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code queue N poll}: what the device is done with. */
@Command(
        name = "poll",
        description = {
            "Takes what the device has used, and shows what it wrote.",
            "The buffers of what was taken are freed."
        })
final class QueuePollCommand extends SessionCommand {
    private final QueueCommand target;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = TimeSpan.Converter.class,
            defaultValue = "200ms",
            description = "How long to wait for the first one (default: 200ms); 0 only looks.")
    private Duration patience = Duration.ZERO;

    QueuePollCommand(Session session, QueueCommand target) {
        super(session);
        this.target = target;
    }

    @Override
    Answer answer() throws InterruptedException {
        Virtqueue queue = session().drive().rawQueue(target.queue());
        List<Completion> completions = new ArrayList<>();
        for (TransferToken token = first(queue); token != null; token = next(queue)) {
            completions.add(completion(token));
            token.close();
        }
        return new Polled(queue.index(), completions, queue.inFlight());
    }

    private @Nullable TransferToken first(Virtqueue queue) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        TransferToken token = queue.poll();
        while (token == null && queue.inFlight() > 0 && System.nanoTime() - deadline < 0) {
            Thread.sleep(Duration.ofNanos(200_000));
            token = queue.poll();
        }
        return token;
    }

    /** A device that has failed meanwhile does not take away what it did before. */
    private static @Nullable TransferToken next(Virtqueue queue) {
        try {
            return queue.poll();
        } catch (VirtioException failed) {
            return null; // every later command says so
        }
    }

    private static Completion completion(TransferToken token) {
        List<String> received = new ArrayList<>();
        long left = token.receivedLength();
        for (int buffer = 0; left > 0; buffer++) {
            MemorySegment bytes = token.received(buffer);
            received.add(HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE)));
            left -= bytes.byteSize();
        }
        return new Completion(
                token.id(), token.receivedLength(), token.receivedLengthIsAssumed(), received);
    }

    /**
     * One sending that is done.
     *
     * @param id of the sending
     * @param written how many bytes the device says it wrote
     * @param assumed whether it has not said so, and counts as having filled the buffers
     * @param received what it wrote into each buffer, in hex
     */
    record Completion(long id, long written, boolean assumed, List<String> received) {}

    record Polled(int queue, List<Completion> completions, int inFlight) implements Answer {
        @Override
        public void print(Console console) {
            if (completions.isEmpty()) {
                console.line(
                        "queue %d: nothing is used; %s with the device"
                                .formatted(queue, Quantity.count(inFlight, "transfer")));
                return;
            }
            for (Completion completion : completions) {
                console.line(
                        "sending %d on queue %d: used, %s written%s"
                                .formatted(
                                        completion.id,
                                        queue,
                                        Quantity.count(completion.written, "byte"),
                                        completion.assumed
                                                ? " (assumed: the device told of a later one only)"
                                                : ""));
                for (String hex : completion.received) {
                    HexDump.lines(MemorySegment.ofArray(HexFormat.of().parseHex(hex)), 0)
                            .forEach(line -> console.line("  " + line));
                }
            }
        }
    }
}
