package dev.virtq.machine.sim.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.TransferTimeoutException;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in which Java lets a transfer be forgotten, in every ring format that is installed. In
 * each: no descriptor is lost, no memory is freed that the device may still write, and who loses a
 * transfer without a word is told where it was prepared.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.virtq.machine.sim.rfc.Loop#kinds")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForgettingTest {
    private static final int BYTES = 64;

    @Parameter private Loop.Kind kind = Loop.kinds().findFirst().orElseThrow();

    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger("dev.virtq.queue");
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord entry) {
                    reports.add(new SimpleFormatter().formatMessage(entry));
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void hush() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    private static TransferToken prepareHere(Loop loop) {
        return loop.queue.prepare(BufferList.receiveOnly(loop.memory.allocate(BYTES)));
    }

    /** The device has the transfer still; then it is done, and everything is as it was. */
    private static void assertKeptUntilTheDeviceIsDone(Loop loop, long free) {
        assertThat(loop.queue.poll()).isNull();
        assertThat(loop.free()).as("the device may still write it").isEqualTo(free - BYTES);
        assertThat(loop.queue.room()).isEqualTo(Loop.SIZE - 1);
        assertThat(loop.step()).isTrue();
        assertThat(loop.queue.poll()).as("nobody waits for it").isNull();
        assertThat(loop.free()).isEqualTo(free);
        assertThat(loop.queue.room()).isEqualTo(Loop.SIZE);
    }

    /** Collects garbage until the queue has found what was lost. */
    private static void pollUntilLost(Loop loop, WeakReference<TransferToken> token)
            throws InterruptedException {
        while (token.get() != null || loop.queue.lostTransfers() == 0) {
            assertThat(loop.queue.poll()).isNull();
            System.gc();
            Thread.sleep(5);
        }
    }

    @Test
    void aDroppedReferenceInFlight() throws InterruptedException {
        Loop loop = new Loop(kind);
        long free = loop.free();
        pollUntilLost(loop, sendAndDrop(loop));
        assertThat(reports)
                .singleElement()
                .asString()
                .contains("was dropped without close() or detach(), in flight")
                .contains("prepared at")
                .contains("ForgettingTest.prepareHere(ForgettingTest.java:");
        assertKeptUntilTheDeviceIsDone(loop, free);
    }

    private static WeakReference<TransferToken> sendAndDrop(Loop loop) {
        TransferToken token = prepareHere(loop);
        token.send();
        loop.queue.flush();
        return new WeakReference<>(token);
    }

    @Test
    void aDroppedReferenceThatWasNeverSent() throws InterruptedException {
        Loop loop = new Loop(kind);
        long free = loop.free();
        pollUntilLost(loop, new WeakReference<>(prepareHere(loop)));
        assertThat(loop.free()).isEqualTo(free);
        assertThat(loop.queue.room()).isEqualTo(Loop.SIZE);
        assertThat(reports)
                .singleElement()
                .asString()
                .contains("not in flight: its memory is freed now")
                .contains("ForgettingTest.prepareHere(ForgettingTest.java:");
    }

    @Test
    void aTokenThatIsReleasedIsNotLostOnItsWayThere() throws Exception {
        Loop loop = new Loop(kind);
        SharedVirtqueue queue = loop.queue.share();
        AtomicBoolean ends = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> users =
                    Stream.generate(() ->
                                    threads.submit(() -> prepareAndRelease(loop, queue, ends)))
                            .limit(4)
                            .collect(Collectors.toUnmodifiableList());
            for (int i = 0; i < 100; i++) {
                System.gc(); // while one waits for the lock, nobody else knows its token
                Thread.sleep(5);
            }
            ends.set(true);
            for (Future<?> user : users) {
                user.get();
            }
        }
        assertThat(reports).isEmpty();
        assertThat(loop.queue.lostTransfers()).isZero();
    }

    private static void prepareAndRelease(Loop loop, SharedVirtqueue queue, AtomicBoolean ends) {
        while (!ends.get()) {
            BufferList buffers =
                    queue.prepare(BufferList.receiveOnly(loop.memory.allocate(BYTES))).release();
            buffers.received().getFirst().close();
        }
    }

    @Test
    void anExceptionInBetween() {
        Loop loop = new Loop(kind);
        long free = loop.free();
        assertThatThrownBy(
                        () -> {
                            try (TransferToken token = prepareHere(loop)) {
                                token.submit();
                                loop.queue.flush();
                                throw new IllegalStateException("something else went wrong");
                            }
                        })
                .hasMessage("something else went wrong");
        assertKeptUntilTheDeviceIsDone(loop, free);
        assertThat(reports).as("it was closed: nothing was lost").isEmpty();
    }

    @Test
    void anExceptionBeforeItWasFlushed() {
        Loop loop = new Loop(kind);
        long free = loop.free();
        assertThatThrownBy(
                        () -> {
                            try (TransferToken token = prepareHere(loop)) {
                                token.submit();
                                throw new IllegalStateException("something else went wrong");
                            }
                        })
                .hasMessage("something else went wrong");
        loop.queue.flush(); // it is staged, and goes with whatever is flushed next
        assertKeptUntilTheDeviceIsDone(loop, free);
    }

    @Test
    void aTimeoutInsideTryWithResources() {
        Loop loop = new Loop(kind);
        long free = loop.free();
        assertThatThrownBy(
                        () -> {
                            try (TransferToken token = prepareHere(loop)) {
                                token.send().await(Duration.ofMillis(5));
                            }
                        })
                .isInstanceOf(TransferTimeoutException.class);
        assertKeptUntilTheDeviceIsDone(loop, free);
        assertThat(reports).isEmpty();
    }

    @Test
    void theQueueIsClosedFirst() {
        Loop loop = new Loop(kind);
        TransferToken inFlight = prepareHere(loop);
        Transfer transfer = inFlight.send();
        loop.queue.flush();
        TransferToken idle = prepareHere(loop);
        loop.control.close(true); // the device was reset, and has confirmed it
        assertThat(inFlight.state()).isEqualTo(TransferState.CLOSED);
        assertThat(idle.state()).isEqualTo(TransferState.CLOSED);
        assertThat(loop.free()).as("the ring's memory, too").isEqualTo(Loop.MEMORY);
        inFlight.close();
        idle.close();
        assertThatThrownBy(transfer::poll).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(idle::submit).isInstanceOf(IllegalStateException.class);
        assertThat(loop.free()).isEqualTo(Loop.MEMORY);
        assertThat(reports).isEmpty();
    }

    @Test
    void theQueueIsClosedFirstAndTheDeviceMayStillWrite() {
        Loop loop = new Loop(kind);
        TransferToken inFlight = prepareHere(loop);
        inFlight.submit();
        loop.queue.flush();
        TransferToken idle = prepareHere(loop);
        long free = loop.free();
        loop.control.close(false);
        assertThat(inFlight.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(idle.state()).isEqualTo(TransferState.CLOSED);
        inFlight.close();
        idle.close();
        assertThat(loop.free()).as("only what the device never saw").isEqualTo(free + BYTES);
        assertThat(loop.memory.quarantined()).isEqualTo(Loop.MEMORY - free - BYTES);
        assertThat(reports).isEmpty();
    }

    @Test
    void aReferenceThatIsDroppedAfterItWasSubmittedIsNotLost() throws InterruptedException {
        Loop loop = new Loop(kind);
        submitAndDrop(loop);
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(5);
        }
        loop.step();
        TransferToken token = Objects.requireNonNull(loop.queue.poll(), "poll hands it out");
        assertThat(token.state()).isEqualTo(TransferState.COMPLETED);
        assertThat(loop.queue.lostTransfers()).isZero();
        assertThat(reports).isEmpty();
    }

    private static void submitAndDrop(Loop loop) {
        prepareHere(loop).submit();
        loop.queue.flush();
    }
}
