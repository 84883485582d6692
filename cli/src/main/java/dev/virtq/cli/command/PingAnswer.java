package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.network.Ipv4Address;
import dev.virtq.cli.network.PingEvent;
import dev.virtq.cli.network.PingRequest;
import dev.virtq.cli.network.PingSummary;
import dev.virtq.cli.session.MemoryHole;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a run of pings came to. Times are in nanoseconds.
 *
 * @param target who was asked
 * @param from the own address
 * @param size bytes of payload of each request
 * @param acrossHole the hole that each request lay across; empty when they lay anywhere
 * @param transmitted how many requests were sent and judged
 * @param received how many came back as they went out
 * @param mismatched how many came back changed
 * @param lossPercent how many of a hundred did not come back as they went out
 * @param minNanos the shortest round trip; 0 when there is none
 * @param medianNanos the middle one
 * @param averageNanos the mean
 * @param maxNanos the longest
 * @param interrupted whether the user ended it
 * @param replies what became of each request
 */
record PingAnswer(
        String target,
        String from,
        int size,
        Optional<MemoryHole> acrossHole,
        int transmitted,
        int received,
        int mismatched,
        double lossPercent,
        long minNanos,
        long medianNanos,
        long averageNanos,
        long maxNanos,
        boolean interrupted,
        List<Reply> replies)
        implements Answer {
    /**
     * What became of one request.
     *
     * @param sequence its number, from 0
     * @param outcome {@code reply}, {@code mismatch}, {@code undeliverable}, {@code timeout} or
     *     {@code unexpected}
     * @param roundTripNanos when it came back as it went out
     * @param timeToLive of the reply, when it came back as it went out
     * @param detail what there is to say; empty for a reply
     */
    record Reply(
            int sequence,
            String outcome,
            Optional<Long> roundTripNanos,
            Optional<Integer> timeToLive,
            String detail) {}

    @Override
    public int exitStatus() {
        return received == 0 || mismatched > 0 ? 1 : 0;
    }

    @Override
    public void print(Console console) {
        console.line("");
        console.line(
                "--- %s ping statistics%s".formatted(target, interrupted ? " (interrupted)" : ""));
        console.line(
                String.format(
                        Locale.ROOT,
                        "%d packets transmitted, %d received, %s%s packet loss",
                        transmitted,
                        received,
                        mismatched == 0
                                ? ""
                                : console.styled(Style.BAD, mismatched + " changed on the way, "),
                        percent()));
        if (received > 0) {
            console.line(
                    "round-trip min/median/avg/max = %s/%s/%s/%s ms"
                            .formatted(
                                    millis(minNanos),
                                    millis(medianNanos),
                                    millis(averageNanos),
                                    millis(maxNanos)));
        }
    }

    private String percent() {
        return String.format(Locale.ROOT, lossPercent % 1 == 0 ? "%.0f%%" : "%.1f%%", lossPercent);
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
    }

    /** Collects what became of the requests, and says it in a line each. */
    static final class Builder {
        private static final int ICMP_HEADER = 8;

        private final PingRequest request;
        private final Ipv4Address from;
        private final Optional<MemoryHole> hole;
        private final List<Reply> replies = new ArrayList<>();
        private boolean interrupted;

        Builder(PingRequest request, Ipv4Address from, Optional<MemoryHole> hole) {
            this.request = request;
            this.from = from;
            this.hole = hole;
        }

        /** {@return the line before the first request} */
        String heading() {
            return "PING %s from %s: %d data bytes%s"
                    .formatted(
                            request.target(),
                            from,
                            request.size(),
                            hole.map(gap ->
                                            ", each frame across the hole 0x%x..0x%x"
                                                    .formatted(gap.before(), gap.after() - 1))
                                    .orElse(""));
        }

        void interrupted() {
            interrupted = true;
        }

        /** {@return the line about one request} */
        String add(PingEvent event) {
            replies.add(reply(event));
            return switch (event) {
                case PingEvent.Reply reply ->
                        "%d bytes from %s: icmp_seq=%d ttl=%d time=%s ms"
                                .formatted(
                                        reply.size() + ICMP_HEADER,
                                        request.target(),
                                        reply.sequence(),
                                        reply.timeToLive(),
                                        millis(reply.roundTripNanos()));
                case PingEvent.Mismatch bad ->
                        "icmp_seq=%d came back changed: %s".formatted(bad.sequence(), bad.reason());
                case PingEvent.Undeliverable lost ->
                        "icmp_seq=%d not delivered, says %s: %s"
                                .formatted(lost.sequence(), lost.from(), lost.reason());
                case PingEvent.Timeout late ->
                        "icmp_seq=%d not answered in time%s"
                                .formatted(late.sequence(), late.detail());
                case PingEvent.Unexpected extra ->
                        "icmp_seq=%d answered again, or too late".formatted(extra.sequence());
            };
        }

        PingAnswer build() {
            long[] roundTrips =
                    replies.stream()
                            .flatMap(reply -> reply.roundTripNanos().stream())
                            .mapToLong(Long::longValue)
                            .toArray();
            int transmitted = (int) count("unexpected", false);
            PingSummary figures =
                    PingSummary.of(transmitted, (int) count("mismatch", true), roundTrips);
            return new PingAnswer(
                    request.target().toString(),
                    from.toString(),
                    request.size(),
                    hole,
                    figures.transmitted(),
                    figures.received(),
                    figures.mismatched(),
                    figures.loss() * 100,
                    figures.minNanos(),
                    figures.medianNanos(),
                    figures.averageNanos(),
                    figures.maxNanos(),
                    interrupted,
                    List.copyOf(replies));
        }

        private long count(String outcome, boolean equal) {
            return replies.stream()
                    .filter(reply -> reply.outcome().equals(outcome) == equal)
                    .count();
        }

        private static Reply reply(PingEvent event) {
            return switch (event) {
                case PingEvent.Reply reply ->
                        new Reply(
                                reply.sequence(),
                                "reply",
                                Optional.of(reply.roundTripNanos()),
                                Optional.of(reply.timeToLive()),
                                "");
                case PingEvent.Mismatch bad -> other(bad.sequence(), "mismatch", bad.reason());
                case PingEvent.Undeliverable lost ->
                        other(lost.sequence(), "undeliverable", lost.from() + ": " + lost.reason());
                case PingEvent.Timeout late -> other(late.sequence(), "timeout", late.detail());
                case PingEvent.Unexpected extra -> other(extra.sequence(), "unexpected", "");
            };
        }

        private static Reply other(int sequence, String outcome, String detail) {
            return new Reply(sequence, outcome, Optional.empty(), Optional.empty(), detail);
        }
    }
}
