package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The queue that programs use, over a packed ring with a device at its other end. */
@Timeout(60)
class VirtqueueTest {
    private static final FeatureSet ALL =
            FeatureSet.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);

    private final LoopQueue loop = new LoopQueue(8, ALL, Duration.ofNanos(1000));

    @Test
    void aTransferGoesThroughItsStatesOneStepAtATime() {
        TransferToken token = loop.prepare(8, 8);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        LoopQueue.fill(token, 42);
        token.submit();
        assertThat(token.state()).isEqualTo(TransferState.STAGED);
        assertThat(loop.step()).isFalse();
        assertThat(loop.queue.publish()).isOne();
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(loop.queue.inFlight()).isOne();
        assertThat(loop.queue.poll()).isNull();
        assertThatThrownBy(() -> token.sending(0).view()).isInstanceOf(IllegalStateException.class);
        assertThat(loop.step()).isTrue();
        assertThat(loop.queue.poll()).isSameAs(token);
        assertThat(token.state()).isEqualTo(TransferState.COMPLETED);
        assertThat(token.receivedLength()).isEqualTo(8);
        assertThat(LoopQueue.answer(token)).isEqualTo(42);
        assertThat(loop.queue.poll()).isNull();
    }

    @Test
    void aDeviceThatSleepsIsNotifiedOnce() {
        TransferToken first = loop.prepare(8, 8);
        TransferToken second = loop.prepare(8, 8);
        loop.device.enableNotifications();
        first.submit();
        second.submit();
        loop.queue.flush();
        assertThat(loop.doorbell.drainPermits()).isOne();
        loop.queue.flush();
        assertThat(loop.doorbell.drainPermits()).isZero();
        while (loop.step()) {
            // serves both
        }
        assertThat(loop.queue.poll()).isSameAs(first);
        first.submit();
        loop.queue.flush();
        assertThat(loop.doorbell.drainPermits()).isZero(); // it has not asked again
        loop.queue.notifyDevice();
        assertThat(loop.doorbell.drainPermits()).isOne();
    }

    @Test
    void whatIsStagedCanBeTakenBackFromTheMiddle() {
        TransferToken first = loop.prepare(8, 8);
        TransferToken second = loop.prepare(8, 8);
        TransferToken third = loop.prepare(8, 8);
        first.submit();
        second.submit();
        third.submit();
        second.takeBack();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        assertThat(loop.step()).isTrue();
        assertThat(loop.step()).isFalse();
        assertThat(loop.queue.poll()).isSameAs(first);
        assertThat(loop.queue.poll()).isSameAs(third);
        assertThat(second.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void sendAndAwaitWithADeviceInItsOwnThread() throws Exception {
        Thread device = loop.startDevice();
        try (TransferToken token = loop.prepare(8, 8)) {
            for (long i = 0; i < 2000; i++) {
                LoopQueue.fill(token, i);
                Transfer transfer = token.send();
                assertThat(transfer.await(Duration.ofSeconds(30))).isSameAs(token);
                assertThat(LoopQueue.answer(token)).isEqualTo(i);
            }
        } finally {
            device.interrupt();
            device.join();
        }
        assertThat(loop.queue.room()).isEqualTo(8);
    }

    @Test
    void aTimeoutLeavesTheTransferInFlight() throws Exception {
        TransferToken token = loop.prepare(8, 8);
        Transfer transfer = token.send();
        assertThatThrownBy(() -> transfer.await(Duration.ofMillis(5)))
                .isInstanceOf(TransferTimeoutException.class);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(loop.step()).isTrue();
        assertThat(transfer.poll()).isTrue();
        assertThat(transfer.await(Duration.ZERO)).isSameAs(token);
    }

    @ParameterizedTest
    @CsvSource({"2, 10000", "3, 20000", "7, 80000", "100, 100000"})
    void aQueueThatStaysFullLosesNothing(int size, int transfers) throws Exception {
        LoopQueue full = new LoopQueue(size, ALL, Duration.ofNanos(100_000));
        Thread device = full.startDevice();
        List<TransferToken> tokens = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            TransferToken token = full.prepare(8, 8);
            LoopQueue.fill(token, i);
            token.submit();
            tokens.add(token);
        }
        assertThatThrownBy(() -> full.prepare(8, 8)).isInstanceOf(QueueFullException.class);
        long next = size;
        long sum = 0;
        for (int done = 0; done < transfers; done++) {
            TransferToken token = Objects.requireNonNull(full.queue.poll(Duration.ofSeconds(30)));
            sum += ~token.receiving(0).longAt(0);
            LoopQueue.fill(token, next++);
            token.submit();
            if (done % 3 == 0) {
                full.queue.flush(); // else poll does
            }
        }
        for (int i = 0; i < size; i++) {
            sum +=
                    ~Objects.requireNonNull(full.queue.poll(Duration.ofSeconds(30)))
                            .receiving(0)
                            .longAt(0);
        }
        device.interrupt();
        device.join();
        assertThat(sum).isEqualTo((next - 1) * next / 2);
        tokens.forEach(TransferToken::close);
        assertThat(full.queue.room()).isEqualTo(size);
    }

    @Test
    void manyThreadsShareAQueueWithADeviceThread() throws Exception {
        Thread device = loop.startDevice();
        SharedVirtqueue shared = loop.queue.share();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> sums = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                long base = t * 1_000_000L;
                sums.add(
                        threads.submit(() -> {
                            TransferToken token = shared.prepare(loop.buffers(8, 8));
                            long sum = 0;
                            for (long i = 0; i < 500; i++) {
                                token.sending(0).setLong(0, base + i);
                                shared.send(token).join();
                                sum += ~token.receiving(0).longAt(0);
                            }
                            shared.close(token);
                            return sum;
                        }));
            }
            long base = 0;
            for (Future<Long> sum : sums) {
                assertThat(sum.get()).isEqualTo(500 * base + 499 * 500 / 2);
                base += 1_000_000;
            }
        } finally {
            device.interrupt();
            device.join();
        }
        assertThat(loop.queue.room()).isEqualTo(8);
    }

    @Test
    void aFaultOfTheDeviceReachesTheCallerWithItsClause() {
        TransferToken token = loop.prepare(8, 8);
        token.submit();
        loop.queue.flush();
        assertThat(loop.device.take()).isTrue();
        loop.device.use(loop.device.chain().id(), 9);
        loop.device.publish();
        assertThatThrownBy(loop.queue::poll)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("2.8.4");
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        loop.control.close(false);
        assertThat(token.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(loop.memory.quarantined()).isPositive();
    }

    @Test
    void afterAResetEveryTransferIsPreparedAgainAndGoesRound() {
        TransferToken inFlight = loop.prepare(8, 8);
        TransferToken staged = loop.prepare(8, 8);
        inFlight.submit();
        loop.queue.flush();
        staged.submit();
        loop.control.returnAll();
        assertThat(loop.queue.takeReturned()).containsExactly(inFlight, staged);
        LoopQueue.fill(inFlight, 7);
        inFlight.submit();
        loop.queue.flush();
        var device = new PackedFormat().createDeviceEnd(loop.ring.setup(), ALL, loop.memory);
        assertThat(device.take()).isTrue();
        device.use(device.chain().id(), 0);
        device.publish();
        assertThat(loop.queue.poll()).isSameAs(inFlight);
    }

    @Test
    void closingTheQueueAfterAResetGivesAllItsMemoryBack() {
        long before = RingPair.memory().available();
        loop.prepare(8, 8).submit();
        loop.prepare(100, 100);
        loop.queue.flush();
        loop.control.close(true);
        assertThat(loop.memory.available()).isEqualTo(before);
        assertThat(loop.memory.quarantined()).isZero();
    }

    @Test
    void aSnapshotShowsEachTransferWhereItIs() {
        TransferToken prepared = loop.prepare(8, 8);
        TransferToken staged = loop.prepare(8, 8);
        TransferToken inFlight = loop.prepare(8, 8);
        TransferToken used = loop.prepare(8, 8);
        used.submit();
        inFlight.submit();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        staged.submit();
        assertThat(loop.queue.snapshot().chains())
                .extracting(chain -> chain.owner())
                .containsExactly(Owner.PREPARED, Owner.STAGED, Owner.DEVICE, Owner.USED);
        assertThat(prepared.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aFrameIsSentShorterThanItsBuffer() {
        DmaBuffer frame = loop.memory.allocate(1514);
        DmaBuffer reply = loop.memory.allocate(1514);
        TransferToken token = loop.queue.prepare(BufferList.send(frame).receive(reply));
        token.limitSending(0, 60);
        token.submit();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        assertThat(loop.queue.poll()).isSameAs(token);
        assertThat(token.receivedLength()).isEqualTo(60);
    }

    @ParameterizedTest
    @Tag("measuring")
    @CsvSource({
        "false, false, false",
        "true, false, false",
        "false, true, true",
        "true, true, true"
    })
    void aTransferThatGoesRoundAllocatesNothing(
            boolean indirect, boolean eventIndex, boolean inOrder) {
        FeatureSet accepted = FeatureSet.EMPTY;
        accepted = indirect ? accepted.with(CommonFeature.INDIRECT_DESC) : accepted;
        accepted = eventIndex ? accepted.with(CommonFeature.EVENT_IDX) : accepted;
        accepted = inOrder ? accepted.with(CommonFeature.IN_ORDER) : accepted;
        LoopQueue hot = new LoopQueue(8, accepted, Duration.ZERO);
        TransferToken token = hot.prepare(8, 8);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        // What the interpreter and the first compiler allocate is not what a program pays for long.
        for (int attempt = 0; attempt < 20 && allocated > 1000; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 300_000; i++) {
                LoopQueue.fill(token, i);
                token.submit();
                hot.queue.flush();
                hot.device.take();
                hot.device.use(hot.device.chain().id(), 8);
                hot.device.publish();
                hot.device.driverWantsNotification();
                Objects.requireNonNull(hot.queue.poll()).receivedLength();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).as("bytes in 300000 transfers").isLessThanOrEqualTo(1000);
    }
}
