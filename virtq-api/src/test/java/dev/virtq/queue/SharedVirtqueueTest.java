package dev.virtq.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.TransferReturnedException;
import dev.virtq.queue.ring.DriverRing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One queue, many threads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedVirtqueueTest {
    private final QueueRig rig =
            new QueueRig(64, QueueOptions.DEFAULT.withSpin(Duration.ofNanos(20_000)));
    private final SharedVirtqueue shared = rig.queue.share();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        ended.set(true);
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join(Duration.ofSeconds(10));
        }
    }

    private Thread start(Runnable action) {
        Thread thread = Thread.ofPlatform().start(action);
        threads.add(thread);
        return thread;
    }

    /** A device that uses whatever it is given, and notifies only a driver that asked for it. */
    private void startDevice() {
        start(() -> {
            while (!ended.get()) {
                int id = rig.ring.take();
                if (id == DriverRing.NOTHING) {
                    LockSupport.parkNanos(1_000);
                } else {
                    rig.ring.use(id, 4);
                    if (rig.ring.driverWants) {
                        rig.interrupt.raise();
                    }
                }
            }
        });
    }

    private TransferToken token() {
        return shared.prepare(BufferList.send(rig.buffer()).receive(rig.buffer()));
    }

    private void awaitSleeper() {
        int before = rig.interrupt.awaited();
        while (rig.interrupt.awaited() == before) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest(name = "virtual: {0}")
    @ValueSource(booleans = {false, true})
    void manyThreadsSendAndEachGetsItsOwn(boolean virtual) throws Exception {
        startDevice();
        int senders = 32;
        int sends = 500;
        AtomicInteger done = new AtomicInteger();
        try (ExecutorService pool =
                virtual
                        ? Executors.newVirtualThreadPerTaskExecutor()
                        : Executors.newFixedThreadPool(senders)) {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < senders; i++) {
                results.add(
                        pool.submit(() -> {
                            TransferToken token = token();
                            for (int n = 0; n < sends; n++) {
                                token.sending(0).setInt(0, n);
                                TransferToken answer = shared.send(token).join();
                                assertThat(answer).isSameAs(token);
                                assertThat(answer.receivedLength()).isEqualTo(4);
                                done.incrementAndGet();
                            }
                            shared.close(token);
                        }));
            }
            for (Future<?> result : results) {
                result.get(50, TimeUnit.SECONDS);
            }
        }
        assertThat(done).hasValue(senders * sends);
        assertThat(rig.ring.room()).isEqualTo(64);
        assertThat(rig.ring.inFlight()).isZero();
    }

    @RepeatedTest(20)
    void theLeadPassesToOneWhoStillWaits() throws Exception {
        TransferFuture<TransferToken> first = shared.send(token());
        TransferFuture<TransferToken> second = shared.send(token());
        start(first::join);
        awaitSleeper();
        Thread follower = start(second::join);
        rig.complete(0);
        first.get(5, TimeUnit.SECONDS);
        rig.complete(0);
        follower.join(Duration.ofSeconds(5));
        assertThat(second).isCompleted();
    }

    @Test
    void whoseFutureTheLeaderHasDoneDoesNotSleepOverIt() throws Exception {
        // Both are done by one interrupt; whoever comes second must not lead, or it sleeps a slice.
        long worst = 0;
        for (int round = 0; round < 20; round++) {
            TransferFuture<TransferToken> first = shared.send(token());
            TransferFuture<TransferToken> second = shared.send(token());
            Thread leader = start(first::join);
            awaitSleeper();
            Thread follower = start(second::join);
            while (follower.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            rig.ring.complete(0);
            rig.ring.complete(0);
            long start = System.nanoTime();
            rig.interrupt.raise();
            leader.join();
            follower.join();
            worst += System.nanoTime() - start;
            first.join().close();
            second.join().close();
        }
        assertThat(Duration.ofNanos(worst)).isLessThan(Duration.ofMillis(20 * 40));
    }

    @Test
    void aFutureTimesOutAndTheTransferStaysInFlight() throws Exception {
        TransferToken token = token();
        TransferFuture<TransferToken> future = shared.send(token);
        assertThatThrownBy(() -> future.get(20, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        rig.complete(6);
        assertThat(future.get(5, TimeUnit.SECONDS).receivedLength()).isEqualTo(6);
    }

    @Test
    void aFollowerTimesOutToo() throws Exception {
        start(() -> shared.send(token()).join());
        awaitSleeper();
        TransferFuture<TransferToken> future = shared.send(token());
        assertThatThrownBy(() -> future.get(20, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        rig.complete(0);
        rig.complete(0);
    }

    @Test
    void anInterruptedWaiterLetsOthersLead() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        TransferFuture<TransferToken> first = shared.send(token());
        TransferFuture<TransferToken> second = shared.send(token());
        Thread leader =
                start(() -> {
                    try {
                        first.get();
                    } catch (Throwable e) {
                        seen.set(e);
                    }
                });
        awaitSleeper();
        Thread follower = start(second::join);
        leader.interrupt();
        leader.join();
        assertThat(seen.get()).isInstanceOf(InterruptedException.class);
        rig.complete(0);
        rig.complete(0);
        follower.join(Duration.ofSeconds(5));
        assertThat(second).isCompleted();
        assertThat(first).isCompleted();
    }

    @Test
    void whatHangsOnAFutureMaySendAndWait() throws Exception {
        startDevice();
        CompletableFuture<Long> chained =
                shared.send(token())
                        .thenApply(first -> {
                            TransferToken second = shared.send(token()).join();
                            return first.receivedLength() + second.receivedLength();
                        });
        assertThat(chained.get(5, TimeUnit.SECONDS)).isEqualTo(8);
    }

    @Test
    void whatHangsOnAFutureMayWaitForOneThatIsDoneAtTheSameTime() throws Exception {
        TransferFuture<TransferToken> first = shared.send(token());
        TransferFuture<TransferToken> second = shared.send(token());
        CompletableFuture<Boolean> both = first.thenApply(token -> second.join() != token);
        rig.ring.complete(0);
        rig.ring.complete(0);
        assertThat(both.get(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void dependentFuturesLeadToo() throws Exception {
        startDevice();
        CompletableFuture<Long> sum =
                shared.send(token())
                        .thenCombine(
                                shared.send(token()),
                                (one, other) -> one.receivedLength() + other.receivedLength());
        assertThat(sum.join()).isEqualTo(8);
        CompletableFuture<TransferToken> chain =
                shared.send(token())
                        .thenCompose(shared::send)
                        .thenCompose(shared::send)
                        .whenComplete((token, failure) -> token.close());
        assertThat(chain.get().state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void someoneWhoLeadsServesProgramsInWhichNobodyWaits() throws Exception {
        Thread leader = start(shared::lead);
        startDevice();
        CountDownLatch done = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            TransferToken token = tokenWhenThereIsRoom();
            var _ =
                    shared.send(token)
                            .thenAccept(completed -> {
                                completed.close();
                                done.countDown();
                            });
        }
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        leader.interrupt();
        leader.join(Duration.ofSeconds(5));
        assertThat(leader.isAlive()).isFalse();
    }

    private TransferToken tokenWhenThereIsRoom() {
        while (true) {
            try {
                return token();
            } catch (QueueFullException e) {
                LockSupport.parkNanos(10_000);
            }
        }
    }

    @Test
    void theFailureOfTheDeviceCompletesEveryFuture() throws Exception {
        List<TransferFuture<TransferToken>> futures = new ArrayList<>();
        List<Thread> waiters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            TransferFuture<TransferToken> future = shared.send(token());
            futures.add(future);
            if (i % 2 == 0) {
                waiters.add(start(() -> future.exceptionally(e -> null).join()));
            }
        }
        awaitSleeper();
        long start = System.nanoTime();
        rig.health.hidden = new DeviceLostException("QEMU has ended");
        for (Thread waiter : waiters) {
            waiter.join(Duration.ofSeconds(5));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        for (TransferFuture<TransferToken> future : futures) {
            assertThat(future).isCompletedExceptionally();
            assertThatThrownBy(future::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(DeviceLostException.class);
        }
        assertThatThrownBy(() -> shared.send(token())).isInstanceOf(DeviceLostException.class);
    }

    @Test
    void aFaultCompletesWhatWasUsedBeforeItAndFailsTheRest() throws Exception {
        TransferFuture<TransferToken> used = shared.send(token());
        TransferFuture<TransferToken> rest = shared.send(token());
        rig.ring.complete(2);
        rig.ring.fault("the device used chain 77");
        assertThatThrownBy(rest::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(DeviceFaultException.class);
        assertThat(used.get().receivedLength()).isEqualTo(2);
    }

    @Test
    void aFailedDeviceDoesNotKeepAWaiterOfSomethingElseBusyOrStuck() throws Exception {
        rig.health.report(new DeviceLostException("QEMU has ended"));
        TransferFuture<String> other = new TransferFuture<>(shared);
        Thread waiter = start(other::join);
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait(); // it parks: it does not turn in circles
        }
        other.complete("done");
        waiter.join(Duration.ofSeconds(5));
        assertThat(waiter.isAlive()).isFalse();
    }

    @Test
    void closingTheDeviceCompletesEveryFuture() throws Exception {
        TransferFuture<TransferToken> waited = shared.send(token());
        TransferFuture<TransferToken> other = shared.send(token());
        Thread waiter = start(() -> waited.exceptionally(e -> null).join());
        awaitSleeper();
        rig.health.report(new TransferReturnedException("the device was closed"));
        rig.control.close(true);
        waiter.join(Duration.ofSeconds(1));
        assertThat(waiter.isAlive()).isFalse();
        for (TransferFuture<TransferToken> future : List.of(waited, other)) {
            assertThatThrownBy(future::get)
                    .hasCauseInstanceOf(TransferReturnedException.class)
                    .hasMessageContaining("the device was closed");
        }
        assertThat(rig.ring.end()).isEqualTo("freed");
        assertThat(rig.memory.available()).isEqualTo(1 << 20);
    }

    @RepeatedTest(10)
    void closingTheDeviceUnderManySendersLosesNothing() throws Exception {
        startDevice();
        CountDownLatch running = new CountDownLatch(8);
        List<Thread> senders = new ArrayList<>();
        AtomicReference<Throwable> unexpected = new AtomicReference<>();
        for (int i = 0; i < 8; i++) {
            senders.add(
                    start(() -> {
                        try {
                            TransferToken token = token();
                            running.countDown();
                            while (!ended.get()) {
                                shared.send(token).join();
                            }
                        } catch (CompletionException
                                | TransferReturnedException
                                | IllegalStateException e) {
                            // one of those, depending on where the close met it
                        } catch (Throwable e) {
                            unexpected.set(e);
                        }
                    }));
        }
        running.await();
        rig.health.report(new TransferReturnedException("the device was closed"));
        rig.control.close(true);
        for (Thread sender : senders) {
            sender.join(Duration.ofSeconds(5));
            assertThat(sender.isAlive()).isFalse();
        }
        assertThat(unexpected.get()).isNull();
        assertThat(rig.ring.end()).isEqualTo("freed");
        assertThat(rig.memory.available()).isEqualTo(1 << 20);
    }

    @Test
    void aResetFailsTheFuturesAndTheTokensWorkAgain() throws Exception {
        TransferToken token = token();
        TransferFuture<TransferToken> future = shared.send(token);
        Thread waiter = start(() -> future.exceptionally(e -> null).join());
        awaitSleeper();
        rig.control.checkOwner();
        rig.control.returnAll();
        waiter.join(Duration.ofSeconds(1));
        assertThatThrownBy(future::join)
                .hasCauseInstanceOf(TransferReturnedException.class)
                .hasMessageContaining("reset");
        TransferFuture<TransferToken> again = shared.send(token);
        rig.complete(3);
        assertThat(again.get(5, TimeUnit.SECONDS).receivedLength()).isEqualTo(3);
    }

    @Test
    void closingATokenInFlightCancelsItsFuture() {
        TransferToken token = token();
        TransferFuture<TransferToken> future = shared.send(token);
        try (token) {
            assertThat(future).isNotDone();
        }
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        assertThat(token.state()).isEqualTo(TransferState.DETACHED);
        rig.complete(0);
        TransferFuture<TransferToken> next = shared.send(token());
        rig.complete(0);
        next.join();
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void cancellingAFutureLeavesTheTransferWithTheDevice() {
        TransferToken token = token();
        TransferFuture<TransferToken> future = shared.send(token);
        future.cancel(true);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        rig.complete(0);
        TransferFuture<TransferToken> other = shared.send(token());
        rig.complete(0);
        other.join();
        assertThat(token.state()).isEqualTo(TransferState.COMPLETED);
    }

    @Test
    void aTokenOfAnotherQueueIsRefused() {
        QueueRig foreign = new QueueRig();
        TransferToken token = foreign.token();
        assertThatThrownBy(() -> shared.send(token))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "transfer #0 of queue 1 (PREPARED) belongs to queue 1 (8 entries), not to"
                                + " queue 1 (64 entries)");
        assertThatThrownBy(() -> shared.close(token)).isInstanceOf(IllegalArgumentException.class);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aTokenInFlightIsNotSentTwice() {
        TransferToken token = token();
        assertThat(shared.send(token)).isNotDone();
        assertThatThrownBy(() -> shared.send(token))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot send transfer #0 of queue 1: it is IN_FLIGHT");
    }

    @Test
    void theQueueThatIsSharedIsRefusedToEverybody() {
        TransferToken token = token();
        for (Runnable action :
                new Runnable[] {
                    rig.queue::flush, rig.queue::poll, rig.queue::share, token::submit, token::send
                }) {
            assertThatThrownBy(action::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("queue 1 is shared; use its SharedVirtqueue instead");
        }
        assertThat(shared.snapshot().size()).isEqualTo(64);
    }

    @Test
    void tokensOfASharedQueueAreLimitedReleasedAndClosedFromAnyThread() throws Exception {
        TransferToken token = token();
        Thread elsewhere =
                start(() -> {
                    token.limitSending(0, 10);
                    token.limitReceiving(0, 20);
                    token.release();
                    token.close();
                });
        elsewhere.join();
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
        assertThat(rig.ring.rewrites).isEqualTo(2);
    }
}
