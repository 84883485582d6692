package dev.virtq.queue;

import static dev.virtq.queue.QueueRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.TransferReturnedException;
import dev.virtq.device.TransferTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One sending: its handle, waiting for it, letting go of it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandlesTest {
    private final QueueRig rig = new QueueRig();
    private final Virtqueue queue = rig.queue;

    @Test
    void aStaleHandleThrows() throws InterruptedException {
        TransferToken token = rig.token();
        Transfer first = token.send();
        queue.flush();
        rig.complete(0);
        first.await(SOON);
        Transfer second = token.send();
        for (var call :
                new org.assertj.core.api.ThrowableAssert.ThrowingCallable[] {
                    first::poll, () -> first.await(SOON), first::detach
                }) {
            assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "stale handle: sending 1 of transfer #0 of queue 1 is over, it was sent"
                                    + " again as 2");
        }
        assertThat(second.poll()).isFalse();
    }

    @Test
    void aHandleOfAClosedTokenThrows() throws InterruptedException {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        queue.flush();
        rig.complete(0);
        transfer.await(SOON);
        token.close();
        TransferToken next = rig.token(); // has the same id in the ring
        assertThat(next).hasToString("transfer #0 of queue 1 (PREPARED)");
        assertThatThrownBy(transfer::poll)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("CLOSED");
    }

    @Test
    void aHandleOfWhatWasTakenBackThrows() {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        token.takeBack();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("PREPARED");
    }

    @Test
    void aDoneHandleStaysDoneUntilTheTokenIsSentAgain() throws InterruptedException {
        Transfer transfer = rig.token().send();
        queue.flush();
        rig.complete(0);
        assertThat(transfer.poll()).isTrue();
        assertThat(transfer.poll()).isTrue();
        transfer.await(Duration.ZERO);
    }

    @Test
    void awaitPublishesAllThatIsStaged() throws InterruptedException {
        Transfer transfer = rig.token().send();
        queue.flush();
        rig.receiver().submit();
        rig.complete(0);
        transfer.await(SOON);
        assertThat(rig.ring.availableCount()).isEqualTo(1);
    }

    @Test
    void aTimeoutLeavesTheTransferInFlight() throws InterruptedException {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        assertThatThrownBy(() -> transfer.await(Duration.ofMillis(20)))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessage(
                        "the device was not done with sending 1 of transfer #0 of queue 1 after 20 ms");
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> token.receiving(0).byteAt(0))
                .isInstanceOf(IllegalStateException.class);
        rig.complete(1);
        assertThat(transfer.await(SOON).receivedLength()).isEqualTo(1);
    }

    @Test
    void aWaitingThreadCanBeInterrupted() {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> transfer.await(SOON)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
    }

    @Test
    void aSleepingThreadCanBeInterrupted() throws InterruptedException {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread waiter =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                rig.token().send().await(SOON);
                            } catch (Throwable e) {
                                seen.set(e);
                            }
                        });
        while (rig.interrupt.awaited() == 0) {
            Thread.onSpinWait();
        }
        waiter.interrupt();
        waiter.join(5000);
        assertThat(seen.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void anInterruptWakesAWaiterWithoutTimeToLose() throws InterruptedException {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread waiter =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                rig.token().send().await(SOON);
                            } catch (Throwable e) {
                                seen.set(e);
                            }
                        });
        while (rig.interrupt.awaited() == 0) {
            Thread.onSpinWait();
        }
        assertThat(rig.ring.driverWants).isTrue();
        rig.complete(0);
        waiter.join(5000);
        assertThat(waiter.isAlive()).isFalse();
        assertThat(seen.get()).isNull();
        assertThat(rig.ring.driverWants).isFalse();
    }

    @Test
    void aLostDeviceReleasesAWaiterWithinASecond() {
        rig.health.hidden = new DeviceLostException("QEMU has ended");
        Transfer transfer = rig.token().send();
        long start = System.nanoTime();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("QEMU has ended");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aLostDeviceIsNoticedWhileSpinning() {
        QueueRig spinning = new QueueRig(8, QueueOptions.DEFAULT.withSpin(Duration.ofSeconds(20)));
        spinning.health.hidden = new DeviceLostException("QEMU has ended");
        Transfer transfer = spinning.token().send();
        long start = System.nanoTime();
        assertThatThrownBy(() -> transfer.await(SOON)).isInstanceOf(DeviceLostException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aLostDeviceIsNoticedByWhoOnlyPolls() throws InterruptedException {
        rig.receiver().submit();
        queue.flush();
        rig.health.hidden = new DeviceLostException("QEMU has ended");
        long start = System.nanoTime();
        assertThatThrownBy(
                        () -> {
                            while (queue.poll() == null
                                    && System.nanoTime() - start < 5_000_000_000L) {
                                Thread.onSpinWait();
                            }
                        })
                .isInstanceOf(DeviceLostException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aFaultOfTheDeviceReachesTheWaiterAndTheHealth() {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        queue.flush();
        rig.ring.fault("the device used chain 77");
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessage("the device used chain 77 (virtio 1.4, 2.7.8; used ring slot 0)");
        assertThat(rig.health.failure()).isInstanceOf(DeviceFaultException.class);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> rig.token().send()).isInstanceOf(DeviceFaultException.class);
    }

    @Test
    void aFaultDoesNotHideWhatWasUsedBeforeIt() throws InterruptedException {
        TransferToken token = rig.token();
        Transfer awaited = token.send();
        Transfer polled = rig.token().send();
        queue.flush();
        rig.complete(4);
        rig.complete(5);
        rig.ring.fault("the device used chain 77");
        assertThat(awaited.await(SOON).receivedLength()).isEqualTo(4);
        assertThat(polled.poll()).isTrue();
        assertThatThrownBy(queue::poll).isInstanceOf(DeviceFaultException.class);
    }

    @Test
    void detachingAndClosingInFlightFreeWhenTheDeviceIsDone() {
        long before = rig.freeBytes();
        TransferToken detached = rig.token();
        TransferToken closed = rig.token();
        Transfer transfer = detached.send();
        closed.submit();
        queue.flush();
        transfer.detach();
        transfer.detach();
        closed.close();
        closed.close();
        assertThat(rig.freeBytes()).isEqualTo(before - 256);
        rig.complete(1);
        rig.complete(1);
        assertThat(queue.poll()).isNull();
        assertThat(rig.freeBytes()).isEqualTo(before);
        assertThat(queue.room()).isEqualTo(8);
        assertThat(detached.state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void whatIsDetachedBeforeItIsPublishedStillReachesTheDevice() {
        TransferToken token = rig.receiver();
        token.submit();
        token.detach();
        queue.flush();
        rig.complete(0);
        assertThat(queue.poll()).isNull();
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void aDetachedSendingCannotBeWaitedFor() {
        Transfer transfer = rig.token().send();
        queue.flush();
        transfer.detach();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("DETACHED");
        assertThatThrownBy(transfer::poll).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void drainWaitsForDetachedTransfersAndForNoOthers() throws InterruptedException {
        rig.receiver().submit();
        TransferToken detached = rig.receiver();
        detached.submit();
        detached.detach();
        assertThatThrownBy(() -> queue.drain(Duration.ofMillis(10)))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("1 detached transfers of queue 1");
        int other = rig.ring.take();
        rig.complete(0);
        queue.drain(SOON);
        assertThat(detached.state()).isEqualTo(TransferState.CLOSED);
        rig.ring.use(other, 3);
        assertThat(queue.poll()).isNotNull();
    }

    enum Way {
        AWAIT,
        POLL,
        DRAIN,
        QUEUE_POLL,
        QUEUE_POLL_WITHIN
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void theFailureOfTheDeviceReachesEveryWaiter(Way way) {
        Transfer transfer = rig.token().send();
        TransferToken detached = rig.receiver();
        detached.submit();
        queue.flush();
        detached.detach();
        rig.health.report(new DeviceLostException("QEMU has ended"));
        assertThatThrownBy(
                        () -> {
                            switch (way) {
                                case AWAIT -> transfer.await(SOON);
                                case POLL -> transfer.poll();
                                case DRAIN -> queue.drain(SOON);
                                case QUEUE_POLL -> queue.poll();
                                case QUEUE_POLL_WITHIN -> queue.poll(SOON);
                            }
                        })
                .isInstanceOf(DeviceLostException.class)
                .hasStackTraceContaining("HandlesTest");
    }

    @Test
    void aResetReturnsWhatWasInFlight() throws InterruptedException {
        TransferToken sent = rig.token();
        TransferToken submitted = rig.token();
        TransferToken staged = rig.token();
        TransferToken detached = rig.token();
        Transfer transfer = sent.send();
        detached.submit();
        detached.detach();
        submitted.submit();
        queue.flush();
        Transfer stagedTransfer = staged.send();
        rig.control.returnAll();
        assertThat(sent.state()).isEqualTo(TransferState.PREPARED);
        assertThat(detached.state()).isEqualTo(TransferState.CLOSED);
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(TransferReturnedException.class)
                .hasMessage(
                        "a reset ended sending 1 of transfer #0 of queue 1 before the device used it");
        assertThatThrownBy(transfer::poll).isInstanceOf(TransferReturnedException.class);
        assertThatThrownBy(stagedTransfer::poll).isInstanceOf(TransferReturnedException.class);
        assertThat(queue.poll()).isNull();
        assertThat(queue.takeReturned()).containsExactly(submitted);
        assertThat(queue.takeReturned()).isEmpty();
        assertThatThrownBy(submitted::receivedLength)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("PREPARED");

        Transfer again = sent.send();
        queue.flush();
        rig.complete(9);
        assertThat(again.await(SOON).receivedLength()).isEqualTo(9);
    }

    @Test
    void whatTheDeviceUsedBeforeAResetCountsAsUsed() throws InterruptedException {
        TransferToken submitted = rig.receiver();
        submitted.submit();
        Transfer transfer = rig.receiver().send();
        queue.flush();
        rig.complete(1);
        rig.complete(2);
        rig.control.returnAll();
        assertThat(transfer.await(SOON).receivedLength()).isEqualTo(2);
        assertThat(queue.poll()).isSameAs(submitted);
        assertThat(submitted.receivedLength()).isEqualTo(1);
        assertThat(queue.takeReturned()).isEmpty();
    }

    @Test
    void whatIsSentAgainAfterAResetIsNoLongerReturned() {
        TransferToken token = rig.receiver();
        token.submit();
        queue.flush();
        rig.control.returnAll();
        token.submit();
        assertThat(queue.takeReturned()).isEmpty();
        queue.flush();
        rig.complete(4);
        assertThat(queue.poll()).isSameAs(token);

        token.submit();
        queue.flush();
        rig.control.returnAll();
        Transfer byHandle = token.send();
        queue.flush();
        rig.complete(4);
        assertThat(byHandle.poll()).isTrue();
        assertThat(queue.takeReturned()).isEmpty();
        assertThat(queue.poll()).isNull();
    }

    @Test
    void everyResetReturnsATransferOnce() {
        TransferToken token = rig.receiver();
        for (int i = 0; i < 3; i++) {
            token.submit();
            queue.flush();
            rig.control.returnAll();
        }
        assertThat(queue.takeReturned()).containsExactly(token);
    }
}
