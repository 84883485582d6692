package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.VirtioException;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.vhostuser.BackEndFaultException;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same misdeed at each message of a whole life, whichever request that is. */
class AnyMomentTest extends NothingIsLeft {
    private static final Deed HALF =
            (answer, reach) -> {
                try (Arena arena = Arena.ofConfined()) {
                    if (answer != null && answer.size() > 0) {
                        int size = (int) answer.size();
                        Message half = Message.of(arena, answer.request(), size / 2).asReply();
                        half.claim(size);
                        reach.send(half, List.of());
                    }
                }
                reach.hangUp();
            };

    private static final Deed TWICE =
            (answer, reach) -> {
                Deed.HONEST.done(answer, reach);
                Deed.HONEST.done(answer, reach);
            };

    /**
     * With all abilities; with queues that can be reset alone, as no back end's can that keeps
     * account; with a table for the memory; without confirmations.
     */
    private static Stream<Script> scripts() {
        return Stream.of(
                HONEST,
                HONEST.without(ProtocolFeature.INFLIGHT_SHMFD),
                HONEST.without(ProtocolFeature.CONFIGURE_MEM_SLOTS),
                HONEST.without(ProtocolFeature.REPLY_ACK),
                HONEST.with());
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aBackEndThatHangsUpIsLostWheneverThatIs(Script script) throws Exception {
        sweep(script, Deed.HANG_UP, DeviceLostException.class);
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aBackEndThatHangsUpInTheMiddleOfAnAnswerIsLost(Script script) throws Exception {
        sweep(script, HALF, DeviceLostException.class);
    }

    private void sweep(Script script, Deed deed, Class<? extends VirtioException> expected)
            throws Exception {
        int messages = messagesOf(script);
        assertThat(messages).isGreaterThan(10);
        for (int at = 1; at <= messages; at++) {
            AtomicInteger heard = new AtomicInteger();
            int chosen = at;
            Script wrong =
                    atEach(
                            script,
                            (answer, reach) ->
                                    (heard.incrementAndGet() == chosen ? deed : Deed.HONEST)
                                            .done(answer, reach));
            Throwable thrown = told(wrong);
            if (thrown == null) {
                // What is said last, in the close, nobody waits for: the device is gone anyway.
                assertThat(chosen).as("message of %d", messages).isGreaterThan(messages - 3);
            } else {
                assertThat(thrown).as("message %d of %d", chosen, messages).isInstanceOf(expected);
            }
            assertThat(heard.get()).isGreaterThanOrEqualTo(chosen);
        }
    }

    /** {@return what is thrown in one life with a back end, soon} */
    private @Nullable Throwable told(Script script) throws IOException {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script)) {
            long start = System.nanoTime();
            Throwable thrown = catchThrowable(this::live);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            assertThat(backEnd.conversations()).isEqualTo(1);
            return thrown;
        }
    }

    private int messagesOf(Script script) throws Exception {
        AtomicInteger heard = new AtomicInteger();
        Script counting =
                atEach(
                        script,
                        (answer, reach) -> {
                            heard.incrementAndGet();
                            Deed.HONEST.done(answer, reach);
                        });
        assertThat(told(counting)).isNull();
        return heard.get();
    }

    private static Script atEach(Script script, Deed deed) {
        Script changed = script;
        for (Request request : Request.values()) {
            changed = changed.at(request, deed);
        }
        return changed;
    }

    /** One life of a device, in which everything happens once. */
    private void live() throws InterruptedException {
        try (EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            if (driver.device().config().length() > 0) {
                driver.device().config().u32(0);
            }
            driver.echo(queue, 3);
            if (driver.device().has(CommonFeature.RING_RESET)) {
                driver.device().resetQueue(0);
                driver.echo(driver.device().queue(0), 3);
            }
            driver.device().reset();
        }
    }

    private static Stream<Arguments> wrong() {
        Script table = HONEST.without(ProtocolFeature.CONFIGURE_MEM_SLOTS);
        return Stream.of(
                // More answers than questions: the next question gets the wrong one.
                Arguments.of(
                        HONEST.at(Request.GET_PROTOCOL_FEATURES, TWICE),
                        BackEndFaultException.class,
                        "SET_OWNER was answered with message 15"),
                Arguments.of(
                        HONEST.at(Request.SET_VRING_NUM, TWICE),
                        BackEndFaultException.class,
                        "SET_VRING_BASE was answered with message 8"),
                Arguments.of(
                        HONEST.without(ProtocolFeature.INFLIGHT_SHMFD)
                                .at(Request.GET_VRING_BASE, TWICE),
                        BackEndFaultException.class,
                        "was answered with message 11"),
                // Memory as a table, for those that have no slots for it.
                Arguments.of(
                        table.at(Request.SET_MEM_TABLE, Deed.value(1)),
                        BackEndFaultException.class,
                        "refused SET_MEM_TABLE (status 1)"),
                Arguments.of(
                        table.at(Request.SET_MEM_TABLE, Deed.SILENT),
                        DeviceLostException.class,
                        "within 300 ms (at SET_MEM_TABLE)"),
                Arguments.of(
                        table.at(Request.SET_MEM_TABLE, Deed.sized(7)),
                        BackEndFaultException.class,
                        "SET_MEM_TABLE was confirmed with 7 bytes (expected: 8)"),
                Arguments.of(
                        table.at(Request.SET_MEM_TABLE, Deed.withDescriptors(3)),
                        BackEndFaultException.class,
                        "SET_MEM_TABLE was answered with 3 file descriptors (expected: none)"),
                // A configuration space that is neither given nor refused.
                Arguments.of(
                        HONEST.at(Request.GET_CONFIG, Deed.sized(7)),
                        BackEndFaultException.class,
                        "GET_CONFIG was answered with 7 bytes (expected: none, or at least 12)"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isToldAsWhatItIs(Script script, Class<? extends VirtioException> expected, String message)
            throws Exception {
        assertThat(told(script)).isInstanceOf(expected).hasMessageContaining(message);
    }

    /** Features that come later are not accepted, and what belongs to the protocol never is. */
    @Test
    void whatIsOfferedOnlyLaterIsNotAccepted() throws Exception {
        AtomicInteger times = new AtomicInteger();
        Script script =
                HONEST.at(
                        Request.GET_FEATURES,
                        (answer, reach) -> {
                            if (times.incrementAndGet() == 1 && answer != null) {
                                answer.u64(0, answer.u64(0) & ~(1L << 30));
                            }
                            Deed.HONEST.done(answer, reach);
                        });
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            driver.echo(driver.start(), 100);
            assertThat(driver.device().acceptedFeatures().containsBit(30)).isFalse();
            assertThat(driver.device().config().length()).isZero();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }
}
