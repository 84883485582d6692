package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a back end may say, and do, on the channel for requests of its own. */
class BackEndChannelTest extends NothingIsLeft {
    @Test
    void rubbishOnTheBackEndsChannelEndsTheConnection() throws Exception {
        byte[] rubbish = new byte[12];
        Arrays.fill(rubbish, (byte) 0xff);
        Script script = HONEST.at(Request.SET_FEATURES, Deed.requesting(rubbish));
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            assertThatThrownBy(() -> driver.echo(driver.start(), Integer.MAX_VALUE))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("cannot be heard any more: message -1 has version 3");
            assertThat(backEnd.conversations()).isEqualTo(1);
        }
    }

    @Test
    void halfARequestOnTheBackEndsChannelEndsTheConnectionWhenPatienceEnds() throws Exception {
        Script script = HONEST.at(Request.SET_FEATURES, Deed.requesting((byte) 1, (byte) 0));
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            assertThatThrownBy(() -> driver.echo(driver.start(), Integer.MAX_VALUE))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("cannot be heard any more: nobody sends a message");
            assertThat(backEnd.conversations()).isEqualTo(1);
        }
    }

    @Test
    void halfARequestOnTheBackEndsChannelIsNotWaitedForAtTheEnd() throws Exception {
        CompletableFuture<UnixSocket> kept = new CompletableFuture<>(); // it outlives the rest
        Script script =
                HONEST.at(
                        Request.SET_FEATURES,
                        (answer, reach) -> {
                            reach.sendRequest(new byte[] {1, 0});
                            UnixSocket channel = reach.takeChannel();
                            if (channel != null) {
                                kept.complete(channel);
                            }
                            Deed.HONEST.done(answer, reach);
                        });
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script)) {
            long start = System.nanoTime();
            try (EchoDriver driver = new EchoDriver(socket, Duration.ofSeconds(30))) {
                driver.echo(driver.start(), 10);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            assertThat(backEnd.lastTrouble()).isEmpty();
        } finally {
            kept.join().close();
        }
    }

    @Test
    void aRequestThatIsNotServedIsRefusedAndTheConnectionGoesOn() throws Exception {
        byte[] unknown = {77, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
        Script script = HONEST.at(Request.SET_FEATURES, Deed.requesting(unknown));
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            driver.echo(driver.start(), 100);
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void aBackEndMayCloseItsChannelAndGoOn() throws Exception {
        Script script = HONEST.at(Request.SET_FEATURES, Deed.CLOSE_CHANNEL);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            driver.echo(driver.start(), 100);
            Thread.sleep(50); // for the watcher to see it
            assertThat(driver.device().transport().lost()).isEmpty();
            long before = WatcherTime.nanos();
            Thread.sleep(200);
            assertThat(Duration.ofNanos(WatcherTime.nanos() - before))
                    .as("on a processor, for an end that is always there to be read")
                    .isLessThan(Duration.ofMillis(20));
            driver.echo(driver.device().queue(0), 100);
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void aBackEndMayCloseItsChannelInTheMiddleOfARequest() throws Exception {
        Script script =
                HONEST.at(
                        Request.SET_FEATURES,
                        (answer, reach) -> {
                            reach.sendRequest(new byte[] {1, 0});
                            Deed.CLOSE_CHANNEL.done(answer, reach);
                        });
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            driver.echo(driver.start(), 100);
            Thread.sleep(50); // for the watcher to see it
            assertThat(driver.device().transport().lost()).isEmpty();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    /** One that the front end knows, and one that it does not: neither has descriptors. */
    @ParameterizedTest
    @ValueSource(ints = {2, 77})
    void descriptorsThatComeWithARequestAreClosed(int request) throws Exception {
        byte[] words = {(byte) request, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
        Script script =
                HONEST.at(
                        Request.SET_FEATURES,
                        (answer, reach) -> {
                            try (UnixSocket channel = reach.takeChannel();
                                    EventFd event = EventFd.create();
                                    Arena arena = Arena.ofConfined()) {
                                MemorySegment message = arena.allocate(words.length);
                                message.copyFrom(MemorySegment.ofArray(words));
                                if (channel != null) {
                                    channel.send(message, Collections.nCopies(8, event));
                                }
                            }
                            Deed.HONEST.done(answer, reach);
                        });
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            Belongings before = Belongings.now();
            driver.echo(driver.start(), 100);
            Thread.sleep(50); // for the watcher to see it
            // Beside what a queue has: a kick and a call at each end.
            assertThat(Belongings.now().descriptors())
                    .isLessThanOrEqualTo(before.descriptors() + 4);
            assertThat(driver.device().transport().lost()).isEmpty();
            assertThat(driver.device().config().generation()).isEqualTo(request == 2 ? 1 : 0);
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }
}
