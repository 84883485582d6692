package dev.virtq.leaks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.LeakTracking;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.FakeInterrupt;
import dev.virtq.queue.ring.FakeRing;
import java.lang.foreign.Arena;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tokens that nobody closed and that the collector took. In a package of its own, since the report
 * names the first place outside the queue's package.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LostTokensTest {
    private final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 16, 4096), 0x10_0000));
    private final FakeRing ring = new FakeRing(8, memory);
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

    private Virtqueue queue(LeakTracking tracking) {
        return new QueueControl(
                        3,
                        ring,
                        new QueueConnection(next -> {}, new FakeInterrupt()),
                        DeviceHealth.ALWAYS_WELL,
                        QueueOptions.DEFAULT.withLeakTracking(tracking))
                .queue();
    }

    private TransferToken prepareHere(Virtqueue queue) {
        return queue.prepare(BufferList.receiveOnly(memory.allocate(64)));
    }

    /** Collects garbage until a token that has just been dropped is gone. */
    private static void collect(WeakReference<TransferToken> token) throws InterruptedException {
        while (token.get() != null) {
            System.gc();
            Thread.sleep(5);
        }
    }

    private static void pollUntilLost(Virtqueue queue, int count) throws InterruptedException {
        while (queue.lostTransfers() < count) {
            assertThat(queue.poll()).isNull();
            System.gc(); // the collector enqueues in its own time
            Thread.sleep(5);
        }
    }

    @Test
    void aTokenThatIsLostWhilePreparedIsReportedWithItsPlaceAndFreed() throws InterruptedException {
        Virtqueue queue = queue(LeakTracking.EVERY_TRANSFER);
        collect(new WeakReference<>(prepareHere(queue)));
        pollUntilLost(queue, 1);
        assertThat(reports).hasSize(1);
        assertThat(reports.getFirst())
                .startsWith(
                        "transfer #0 of queue 3 was dropped without close() or detach(), not in"
                                + " flight: its memory is freed now; prepared at ")
                .contains("LostTokensTest.prepareHere(LostTokensTest.java:");
        assertThat(memory.available()).isEqualTo(1 << 16);
        assertThat(queue.room()).isEqualTo(8);
    }

    @Test
    void aTokenThatIsLostInFlightIsFreedWhenTheDeviceIsDone() throws InterruptedException {
        Virtqueue queue = queue(LeakTracking.COUNT_ONLY);
        collect(sendAndForget(queue));
        queue.flush();
        pollUntilLost(queue, 1);
        assertThat(reports)
                .singleElement()
                .asString()
                .contains("in flight: its memory is freed when the device is done")
                .contains("LeakTracking.EVERY_TRANSFER remembers all");
        assertThat(memory.available()).isEqualTo((1 << 16) - 64);
        ring.complete(0);
        assertThat(queue.poll()).isNull();
        assertThat(memory.available()).isEqualTo(1 << 16);
    }

    private WeakReference<TransferToken> sendAndForget(Virtqueue queue) {
        TransferToken token = prepareHere(queue);
        token.send();
        return new WeakReference<>(token);
    }

    @Test
    void aSubmittedTokenIsNotLostHoweverMuchGarbageIsCollected() throws InterruptedException {
        Virtqueue queue = queue(LeakTracking.EVERY_TRANSFER);
        WeakReference<TransferToken> submitted = submitAndForget(queue);
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertThat(queue.poll()).isNull();
        assertThat(queue.lostTransfers()).isZero();
        ring.complete(0);
        TransferToken polled = queue.poll();
        assertThat(polled).isNotNull().isSameAs(submitted.get());
        assertThat(reports).isEmpty();
    }

    private WeakReference<TransferToken> submitAndForget(Virtqueue queue) {
        TransferToken token = prepareHere(queue);
        token.submit();
        queue.flush();
        return new WeakReference<>(token);
    }

    @Test
    void whatIsClosedOrReleasedIsNotReported() throws InterruptedException {
        Virtqueue queue = queue(LeakTracking.EVERY_TRANSFER);
        WeakReference<TransferToken> closed = closeAndForget(queue);
        WeakReference<TransferToken> released = releaseAndForget(queue);
        collect(closed);
        collect(released);
        Thread.sleep(20);
        assertThat(queue.poll()).isNull();
        assertThat(queue.lostTransfers()).isZero();
        assertThat(reports).isEmpty();
    }

    private WeakReference<TransferToken> closeAndForget(Virtqueue queue) {
        TransferToken token = prepareHere(queue);
        token.close();
        return new WeakReference<>(token);
    }

    private WeakReference<TransferToken> releaseAndForget(Virtqueue queue) {
        TransferToken token = prepareHere(queue);
        token.release();
        return new WeakReference<>(token);
    }

    @Test
    void theRoomOfALostTokenIsFoundByTheNextPrepare() throws InterruptedException {
        Virtqueue queue = queue(LeakTracking.COUNT_ONLY);
        for (int i = 0; i < 8; i++) {
            collect(new WeakReference<>(prepareHere(queue)));
        }
        TransferToken last = null;
        while (last == null) {
            try {
                last = prepareHere(queue);
            } catch (dev.virtq.queue.QueueFullException e) {
                System.gc();
                Thread.sleep(5);
            }
        }
        assertThat(queue.lostTransfers()).isPositive();
    }
}
