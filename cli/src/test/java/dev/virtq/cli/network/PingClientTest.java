package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PingClientTest {
    private static final long LATENCY = ScriptedPort.LATENCY.toNanos();

    private final List<PingEvent> events = new ArrayList<>();

    @Test
    void roundTripsAreTimedInNanoseconds() throws Exception {
        AtomicInteger count = new AtomicInteger();
        ScriptedPort port =
                Peer.port((packet, p) -> {
                    // The nth answer takes n latencies longer than the first.
                    p.clock.advance(ScriptedPort.LATENCY.multipliedBy(count.getAndIncrement()));
                    Peer.echo(rest -> rest).accept(packet, p);
                });

        PingSummary summary = run(port, PingRequest.to(Peer.ADDRESS).withCount(4));

        assertThat(events)
                .extracting(event -> ((PingEvent.Reply) event).roundTripNanos())
                .containsExactly(LATENCY, 2 * LATENCY, 3 * LATENCY, 4 * LATENCY);
        assertThat(summary)
                .isEqualTo(new PingSummary(4, 4, 0, LATENCY, 250_000, 250_000, 4 * LATENCY));
        assertThat(summary.loss()).isZero();
    }

    @Test
    void requestsAreAnIntervalApart() throws Exception {
        ScriptedPort port = Peer.port(Peer.echo(rest -> rest));
        long begin = port.clock.nanoTime();

        run(port, PingRequest.to(Peer.ADDRESS).withCount(11).withInterval(Duration.ofMillis(200)));

        assertThat(port.clock.nanoTime() - begin)
                .as("an ARP answer, ten intervals, and the last reply")
                .isEqualTo(Duration.ofSeconds(2).toNanos() + 2 * LATENCY);
    }

    @Test
    void theMedianOfFewIsRight() {
        assertThat(PingSummary.of(3, 0, new long[] {9, 1, 2}).medianNanos()).isEqualTo(2);
        assertThat(PingSummary.of(2, 0, new long[] {9, 2}).medianNanos()).isEqualTo(5);
        assertThat(PingSummary.of(2, 0, new long[] {}).loss()).isEqualTo(1);
    }

    @Test
    void lossIsCountedAndTheRunGoesOn() throws Exception {
        AtomicInteger count = new AtomicInteger();
        ScriptedPort port =
                Peer.port(Peer.echo(rest -> count.getAndIncrement() % 2 == 0 ? rest : null));

        PingSummary summary = run(port, PingRequest.to(Peer.ADDRESS).withCount(4));

        assertThat(summary.transmitted()).isEqualTo(4);
        assertThat(summary.received()).isEqualTo(2);
        assertThat(summary.loss()).isEqualTo(0.5);
        assertThat(summary.isComplete()).isFalse();
        assertThat(events).contains(new PingEvent.Timeout(1, ""), new PingEvent.Timeout(3, ""));
    }

    @Test
    void aChangedByteIsAnErrorThatSaysWhere() throws Exception {
        for (int at : new int[] {0, 1, 700, 1471}) {
            events.clear();
            ScriptedPort port =
                    Peer.port(
                            Peer.echo(rest -> {
                                int value = NetworkOrder.u8(rest, 4 + at);
                                NetworkOrder.putU8(rest, 4 + at, value ^ 0x10);
                                return rest;
                            }));

            PingSummary summary =
                    run(port, PingRequest.to(Peer.ADDRESS).withCount(1).withSize(1472));

            assertThat(summary.received()).isZero();
            assertThat(summary.mismatched()).isEqualTo(1);
            assertThat(events.getFirst()).isInstanceOf(PingEvent.Mismatch.class);
            assertThat(((PingEvent.Mismatch) events.getFirst()).reason())
                    .startsWith("byte %d of 1472 came back as ".formatted(at));
        }
    }

    @Test
    void aShorterOrLongerReplyIsAnError() throws Exception {
        ScriptedPort port = Peer.port(Peer.echo(rest -> rest.asSlice(0, rest.byteSize() - 1)));

        run(port, PingRequest.to(Peer.ADDRESS).withCount(1));

        assertThat(events)
                .containsExactly(new PingEvent.Mismatch(0, "55 bytes came back of 56 sent"));
    }

    @Test
    void theBytesOfAnEarlierRequestDoNotPass() throws Exception {
        MemorySegment[] first = new MemorySegment[1];
        ScriptedPort port =
                Peer.port(
                        Peer.echo(rest -> {
                            if (first[0] == null) {
                                first[0] = rest;
                            }
                            MemorySegment stale = ScriptedPort.copy(first[0]);
                            stale.asSlice(0, 4).copyFrom(rest.asSlice(0, 4));
                            return stale;
                        }));

        PingSummary summary = run(port, PingRequest.to(Peer.ADDRESS).withCount(4));

        assertThat(summary.received()).isEqualTo(1);
        assertThat(summary.mismatched()).isEqualTo(3);
    }

    @Test
    void lateAndDoubledRepliesDoNotCount() throws Exception {
        List<MemorySegment> late = new ArrayList<>();
        ScriptedPort port =
                Peer.port((packet, p) -> {
                    late.forEach(rest -> Peer.echo(_ -> rest).accept(packet, p));
                    late.clear();
                    if (NetworkOrder.u16(packet.payload(), 6) == 0) {
                        late.add(ScriptedPort.copy(packet.payload().asSlice(4)));
                    } else {
                        Peer.echo(rest -> rest).accept(packet, p);
                        Peer.echo(rest -> rest).accept(packet, p);
                    }
                });

        PingSummary summary = run(port, PingRequest.to(Peer.ADDRESS).withCount(3));

        assertThat(summary.received()).isEqualTo(2);
        assertThat(events)
                .extracting(event -> event.getClass().getSimpleName() + event.sequence())
                .containsExactly("Timeout0", "Unexpected0", "Reply1", "Unexpected1", "Reply2");
    }

    @Test
    void aReplyToSomebodyElseOrFromSomebodyElseIsLeftAlone() throws Exception {
        ScriptedPort port =
                Peer.port((packet, p) -> {
                    MemorySegment rest = ScriptedPort.copy(packet.payload().asSlice(4));
                    p.deliver(Peer.icmp(Ipv4Address.of(10, 0, 2, 3), 0, 0, rest));
                    NetworkOrder.putU16(rest, 0, NetworkOrder.u16(rest, 0) ^ 1);
                    p.deliver(Peer.icmp(Peer.ADDRESS, 0, 0, rest));
                });

        run(port, PingRequest.to(Peer.ADDRESS).withCount(1));

        assertThat(events).containsExactly(new PingEvent.Timeout(0, ""));
    }

    @Test
    void whoReportsThatItIsUnreachableIsQuoted() throws Exception {
        ScriptedPort port =
                Peer.port((packet, p) -> {
                    MemorySegment sent = p.sent.getLast().asSlice(14);
                    MemorySegment rest = MemorySegment.ofArray(new byte[4 + 28]);
                    rest.asSlice(4).copyFrom(sent.asSlice(0, 28));
                    p.deliver(Peer.icmp(Peer.ADDRESS, IcmpMessage.UNREACHABLE, 1, rest));
                });

        run(port, PingRequest.to(Ipv4Address.of(192, 0, 2, 1)).withCount(1));

        assertThat(events)
                .containsExactly(new PingEvent.Undeliverable(0, Peer.ADDRESS, "host unreachable"));
    }

    @Test
    void aReplyWithAWrongChecksumIsMissingAndMentioned() throws Exception {
        ScriptedPort port =
                Peer.port((packet, p) -> {
                    MemorySegment message = ScriptedPort.copy(packet.payload());
                    p.deliver(Peer.ipv4(Peer.ADDRESS, 1, message.fill((byte) 0)));
                });

        run(port, PingRequest.to(Peer.ADDRESS).withCount(1));

        assertThat(events)
                .containsExactly(
                        new PingEvent.Timeout(
                                0,
                                "; 1 malformed packet was dropped, the last: ICMP checksum 0000h is"
                                        + " wrong"));
    }

    @Test
    void figuresThatMakeNoSenseAreRefused() {
        PingRequest request = PingRequest.to(Peer.ADDRESS);

        assertThatThrownBy(() -> request.withCount(0))
                .hasMessage("a count of 0 (expected: 1..65536)");
        assertThatThrownBy(() -> request.withSize(-1)).hasMessageContaining("a size of -1");
        assertThatThrownBy(() -> request.withTimeout(Duration.ZERO))
                .hasMessage("a timeout of 0 s (expected: more than 0, at most 24 h)");
        assertThatThrownBy(() -> request.withInterval(Duration.ofMillis(-5)))
                .hasMessageContaining("an interval of -5 ms");
        assertThatThrownBy(() -> PingRequest.to(Ipv4Address.BROADCAST))
                .hasMessage("255.255.255.255 is not the address of one host");
        assertThatThrownBy(() -> run(Peer.port((_, _) -> {}), request.withSize(1473)))
                .isInstanceOf(NetworkException.class)
                .hasMessage(
                        "a ping of 1473 bytes does not fit the MTU of 1500 (at most 1472 bytes)");
    }

    private PingSummary run(ScriptedPort port, PingRequest request) throws InterruptedException {
        return new PingClient(Peer.host(port)).run(request, events::add);
    }
}
