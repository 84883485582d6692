package dev.virtq.queue;

import static dev.virtq.queue.QueueRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.TransferReturnedException;
import dev.virtq.memory.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One thread at a time, and what happens when another one comes along. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnershipTest {
    private final QueueRig rig = new QueueRig();
    private final Virtqueue queue = rig.queue;
    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        other.shutdownNow();
    }

    private Optional<Throwable> elsewhere(Runnable action) throws InterruptedException {
        try {
            other.submit(action).get();
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.ofNullable(e.getCause());
        }
    }

    @Test
    void anotherThreadIsRefusedAndChangesNothing() throws InterruptedException {
        TransferToken token = rig.token();
        for (Runnable action :
                new Runnable[] {
                    token::submit,
                    token::send,
                    token::close,
                    token::release,
                    () -> token.limitSending(0, 1),
                    () -> token.sending(0).view(),
                    queue::flush,
                    queue::publish,
                    queue::notifyDevice,
                    queue::poll,
                    queue::takeReturned,
                    queue::snapshot,
                    queue::handOver,
                    queue::share,
                    rig::receiver
                }) {
            assertThat(elsewhere(action))
                    .get()
                    .isInstanceOf(IllegalStateException.class)
                    .extracting(Throwable::getMessage)
                    .asString()
                    .contains("queue 1 belongs to thread", "call handOver() there");
        }
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        assertThat(rig.rings).hasValue(0);
    }

    @Test
    void aRefusedPrepareLeavesTheBuffersAlone() throws InterruptedException {
        rig.receiver();
        DmaBuffer buffer = rig.buffer();
        assertThat(elsewhere(() -> queue.prepare(BufferList.send(buffer)))).isPresent();
        queue.prepare(BufferList.send(buffer));
    }

    @Test
    void accessorsAndTheStateAreForEveryThread() throws InterruptedException {
        TransferToken token = rig.token();
        assertThat(elsewhere(() -> token.sending(0).setInt(0, 5))).isEmpty();
        assertThat(elsewhere(token::state)).isEmpty();
        token.submit();
        assertThat(elsewhere(() -> token.sending(0).setInt(0, 5)))
                .get()
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsHandedOverBelongsToTheNext() throws InterruptedException {
        TransferToken token = rig.token();
        queue.handOver();
        assertThat(elsewhere(token::submit)).isEmpty();
        assertThatThrownBy(queue::flush).isInstanceOf(IllegalStateException.class);
        assertThat(elsewhere(queue::handOver)).isEmpty();
        queue.flush();
    }

    @Test
    void theQueueOfAThreadThatHasEndedIsFree() throws InterruptedException {
        AtomicReference<TransferToken> token = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> token.set(rig.token()));
        thread.join();
        token.get().submit();
        queue.flush();
    }

    @Test
    void aSendWhileAnotherThreadHasAViewChangesNothing() throws InterruptedException {
        DmaBuffer buffer = rig.buffer();
        DmaBuffer mine = rig.buffer();
        MemorySegment my = mine.view();
        assertThat(elsewhere(buffer::view)).isEmpty();
        TransferToken token = queue.prepare(BufferList.send(mine, buffer));
        assertThatThrownBy(token::submit)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has a view of buffer of 64 bytes")
                .hasMessageContaining("closeViews()");
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        my.set(ValueLayout.JAVA_BYTE, 0, (byte) 1); // was not revoked
        assertThatThrownBy(token::close).isInstanceOf(IllegalStateException.class);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        assertThat(elsewhere(buffer::closeViews)).isEmpty();
        token.submit();
    }

    @Test
    void theViewOfAThreadThatHasEndedIsInNobodysWay() throws InterruptedException {
        TransferToken token = rig.token();
        queue.handOver();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            token.sending(0).view();
                            queue.handOver();
                        });
        thread.join();
        token.submit();
        queue.flush();
        rig.complete(0);
        assertThat(queue.poll()).isSameAs(token);
        token.close();
        assertThat(rig.memory.quarantined()).isZero();
    }

    @Test
    void closingTheDeviceKeepsMemoryThatAnotherThreadLooksAt() throws InterruptedException {
        DmaBuffer seen = rig.buffer();
        DmaBuffer other = rig.buffer();
        assertThat(elsewhere(seen::view)).isEmpty();
        queue.prepare(BufferList.send(seen, other));
        rig.token();
        rig.control.close(true);
        assertThat(rig.memory.quarantined()).isEqualTo(64);
        assertThat(rig.ring.end()).isEqualTo("freed");
        assertThatThrownBy(() -> other.intAt(0)).hasMessageContaining("was freed");
    }

    @Test
    void closingFromElsewhereReachesTheOwnerAtItsNextCall() throws InterruptedException {
        TransferToken token = rig.token();
        long before = rig.freeBytes();
        assertThat(
                        elsewhere(() -> {
                            rig.health.report(
                                    new TransferReturnedException("the device was closed"));
                            rig.control.close(true);
                        }))
                .isEmpty();
        assertThat(rig.ring.end()).isEmpty();
        assertThatThrownBy(queue::poll)
                .isInstanceOf(TransferReturnedException.class)
                .hasMessage("the device was closed");
        assertThat(rig.ring.end()).isEqualTo("freed");
        assertThat(rig.freeBytes()).isEqualTo(before + 128);
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void aViewIsNotMadeOfABufferThatWasFreedByTheCloseFoundMeanwhile() throws InterruptedException {
        TransferToken token = rig.token();
        DmaBuffer buffer = token.sending(0);
        assertThat(elsewhere(() -> rig.control.close(true))).isEmpty();
        assertThatThrownBy(buffer::view)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was freed");
    }

    @Test
    void nothingTouchesTheRingAfterAClose() throws InterruptedException {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        queue.flush();
        rig.control.close(true);
        rig.control.close(true);
        rig.control.close(false);
        assertThat(rig.ring.end()).isEqualTo("freed");
        for (Runnable action :
                new Runnable[] {
                    queue::flush,
                    queue::publish,
                    queue::notifyDevice,
                    queue::poll,
                    queue::snapshot,
                    token::submit,
                    token::send,
                    token::release,
                    transfer::poll,
                    rig::receiver
                }) {
            assertThatThrownBy(action::run).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> queue.drain(SOON)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> transfer.await(SOON)).isInstanceOf(IllegalStateException.class);
        token.close();
        token.detach();
    }

    @Test
    void theOneWhoClosesDoesNotBecomeTheOwner() throws InterruptedException {
        queue.handOver();
        assertThat(elsewhere(() -> rig.control.close(true))).isEmpty();
        assertThatThrownBy(queue::flush)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("queue 1 was closed with its device");
    }

    @Test
    void withoutAConfirmedResetWhatTheDeviceMayWriteIsQuarantined() {
        TransferToken inFlight = rig.token();
        TransferToken detached = rig.token();
        inFlight.submit();
        detached.submit();
        queue.flush();
        detached.detach();
        TransferToken staged = rig.token();
        staged.submit();
        TransferToken prepared = rig.token();
        rig.control.close(false);
        assertThat(inFlight.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(detached.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(staged.state()).isEqualTo(TransferState.CLOSED);
        assertThat(prepared.state()).isEqualTo(TransferState.CLOSED);
        assertThat(rig.memory.quarantined()).isEqualTo(256);
        assertThat(rig.ring.end()).isEqualTo("quarantined");
        assertThatThrownBy(() -> inFlight.receiving(0).intAt(0))
                .hasMessageContaining("in quarantine: a device may still write to it");
    }

    @Test
    void aWaiterIsReleasedWhenTheDeviceIsClosedUnderIt() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread.ofPlatform()
                .start(() -> {
                    try {
                        rig.token().send().await(SOON);
                    } catch (Throwable e) {
                        seen.set(e);
                    }
                    done.countDown();
                });
        while (rig.interrupt.awaited() == 0) {
            Thread.onSpinWait();
        }
        rig.health.report(new TransferReturnedException("the device was closed"));
        rig.control.close(true);
        assertThat(done.await(1, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(seen.get())
                .isInstanceOf(TransferReturnedException.class)
                .hasMessage("the device was closed");
    }
}
