package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One queue is reset and enabled again, while the others run (section 2.6.1). */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QueueResetTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);
    private static final long MEMORY = 1 << 16;

    private final FakeTransport transport = new FakeTransport();

    @BeforeEach
    void offerIt() {
        transport.offered = transport.offered.with(CommonFeature.RING_RESET);
        transport.served = FeatureSet.of(CommonFeature.RING_RESET);
    }

    private VirtioDevice running() {
        VirtioDevice device = transport.open();
        device.negotiate(List.of());
        device.queue(0, NO_SPIN);
        device.queue(1, NO_SPIN);
        device.start();
        transport.log.clear();
        return device;
    }

    private TransferToken token(Virtqueue queue) {
        return queue.prepare(BufferList.receiveOnly(transport.memory.allocate(64)));
    }

    @Test
    @Clause({"2.6.1.1.2#1", "2.6.1.2.2#1"})
    void theSameQueueIsEnabledAgainAsItWas() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(queue);
        Transfer transfer = token.send();
        queue.flush();

        device.resetQueue(0);

        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(TransferReturnedException.class)
                .hasMessage(
                        "a reset ended sending 1 of transfer #0 of queue 0 before the device used it");
        assertThat(device.queue(0)).isSameAs(queue);
        Transfer again = token.send();
        queue.flush();
        assertThat(transport.log).containsExactly("ring 0", "reset 0", "enable 0", "ring 0");
        transport.ring(0).complete(7);
        assertThat(again.await(SOON).receivedLength()).isEqualTo(7);
        assertThat(device.failure()).isEmpty();
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
    }

    @Test
    void theOtherQueuesNoticeNothing() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue other = device.queue(1);
        Transfer transfer = token(other).send();
        other.flush();
        device.resetQueue(0);
        assertThat(other.inFlight()).isEqualTo(1);
        token(other).submit();
        other.flush();
        assertThat(transport.log).containsExactly("ring 1", "reset 0", "ring 1");
        transport.ring(1).complete(3);
        assertThat(transfer.await(SOON).receivedLength()).isEqualTo(3);
    }

    @Test
    void whatTheDeviceUsedBeforeTheResetCountsAsUsed() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken used = token(queue);
        TransferToken inFlight = token(queue);
        TransferToken staged = token(queue);
        used.submit();
        inFlight.submit();
        queue.flush();
        staged.submit();
        transport.ring(0).complete(9);
        device.resetQueue(0);
        assertThat(queue.poll()).isSameAs(used);
        assertThat(used.receivedLength()).isEqualTo(9);
        assertThat(queue.poll()).isNull();
        assertThat(queue.takeReturned()).containsExactly(inFlight, staged);
        assertThatThrownBy(inFlight::receivedLength).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @Clause("2.6.1.1.2#2")
    void detachedTransfersAreFreed() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(queue);
        token.submit();
        queue.flush();
        token.detach();
        assertThat(transport.memory.available()).isEqualTo(MEMORY - 64);
        device.resetQueue(0);
        assertThat(transport.memory.available()).isEqualTo(MEMORY);
        assertThat(queue.room()).isEqualTo(16);
        queue.drain(Duration.ZERO);
    }

    @Test
    void theDeviceHearsOfTheQueueOnlyWhenItIsEnabledAgain() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        device.resetQueue(0);
        token(queue).submit();
        assertThat(queue.flush()).isTrue();
        queue.notifyDevice();
        assertThat(transport.log).containsExactly("reset 0");
        device.queue(0);
        assertThat(transport.log).containsExactly("reset 0", "enable 0", "ring 0");
    }

    @Test
    void waitersOfASharedQueueAreReleased() {
        VirtioDevice device = running();
        SharedVirtqueue shared = device.queue(0).share();
        TransferToken token = shared.prepare(BufferList.receiveOnly(device.memory().allocate(64)));
        TransferFuture<TransferToken> future = shared.send(token);
        device.resetQueue(0);
        assertThatThrownBy(future::join)
                .hasCauseInstanceOf(TransferReturnedException.class)
                .hasMessageContaining("before the device used it");
        device.queue(0);
        TransferFuture<TransferToken> again = shared.send(token);
        transport.ring(0).complete(5);
        assertThat(again.join().receivedLength()).isEqualTo(5);
    }

    @Test
    void withoutTheFeatureItIsRefused() {
        transport.served = FeatureSet.EMPTY;
        VirtioDevice device = running();
        assertThatThrownBy(() -> device.resetQueue(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "cannot reset queue 0 alone: RING_RESET was not accepted by net at fake 0;"
                                + " reset() resets the whole device");
        assertThat(transport.log).isEmpty();
    }

    @Test
    void itIsRefusedForAQueueThatIsNotEnabledAndBeforeTheDeviceRuns() {
        VirtioDevice device = transport.open();
        assertThatThrownBy(() -> device.resetQueue(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot reset queue 0: net at fake 0 is OPENED");
        device.negotiate(List.of());
        device.queue(0);
        device.start();
        transport.log.clear();
        assertThatThrownBy(() -> device.resetQueue(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queue 1 was not set up (expected: one of [0])");
        device.resetQueue(0);
        assertThatThrownBy(() -> device.resetQueue(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("queue 0 was reset already; queue(0) enables it again");
        assertThatThrownBy(() -> device.queue(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot set up queue 1");
        assertThat(transport.log).containsExactly("reset 0");
    }

    @Test
    @Clause("2.6.1.1.2#1")
    void aResetThatIsNotConfirmedLeavesTheQueueOutOfUseAndNothingIsReused() {
        transport.onQueueReset =
                queue -> {
                    throw new TransferTimeoutException("not within 20 ms");
                };
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(queue);
        Transfer transfer = token.send();
        queue.flush();
        transport.log.clear();

        assertThatThrownBy(() -> device.resetQueue(0))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessage(
                        "queue 0 is out of use until VirtioDevice.reset(): the device did not"
                                + " confirm its reset (virtio 1.4, 2.6.1.1.1; not within 20 ms)");

        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        outOfUse(() -> transfer.await(SOON));
        outOfUse(queue::poll);
        TransferToken refused = token(queue);
        outOfUse(refused::send);
        outOfUse(() -> device.queue(0));
        outOfUse(() -> device.resetQueue(0));
        token.close();
        assertThat(token.state()).isEqualTo(TransferState.DETACHED);
        assertThat(transport.memory.available()).isEqualTo(MEMORY - 2 * 64);
        assertThat(transport.log).as("nothing more was asked of it").containsExactly("reset 0");

        Virtqueue other = device.queue(1);
        assertThat(other.poll()).as("the others run").isNull();
        TransferToken onOther = token(other);
        onOther.submit();
        assertThat(other.flush()).isTrue();
        assertThat(device.failure()).isEmpty();

        device.reset();
        onOther.close();
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
        refused.close();
        assertThat(transport.memory.available()).isEqualTo(MEMORY);
        transport.onQueueReset = index -> {};
        device.negotiate(List.of());
        device.queue(0);
        device.queue(1);
        device.start();
        assertThat(queue.poll()).isNull();
        device.resetQueue(0);
    }

    private static void outOfUse(ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("queue 0 is out of use");
    }

    @Test
    void closingADeviceWithAQueueOutOfUseQuarantinesOnlyWithoutAConfirmedReset() {
        transport.onQueueReset =
                queue -> {
                    throw new TransferTimeoutException("not within 20 ms");
                };
        for (boolean confirmed : new boolean[] {true, false}) {
            VirtioDevice device = running();
            Virtqueue queue = device.queue(0);
            DmaBuffer buffer = device.memory().allocate(64);
            TransferToken token = queue.prepare(BufferList.receiveOnly(buffer));
            token.submit();
            queue.flush();
            assertThatThrownBy(() -> device.resetQueue(0)).isInstanceOf(VirtioException.class);
            transport.onStatus = written -> confirmed ? written : 0x0f;
            device.close();
            assertThat(token.state())
                    .isEqualTo(confirmed ? TransferState.CLOSED : TransferState.QUARANTINED);
            assertThat(transport.memory.quarantined()).isEqualTo(confirmed ? 0 : 64);
        }
    }

    @Test
    void aDeviceThatIsLostMeanwhileSaysSo() {
        VirtioDevice device = running();
        transport.lost = new DeviceLostException("QEMU has ended");
        assertThatThrownBy(() -> device.resetQueue(0)).isInstanceOf(DeviceLostException.class);
    }

    @Test
    void aTransportThatCannotDoItIsNotTheDevicesFault() {
        transport.onQueueReset =
                queue -> {
                    throw new UnsupportedOperationException("no");
                };
        VirtioDevice device = running();
        assertThatThrownBy(() -> device.resetQueue(0))
                .isExactlyInstanceOf(VirtioException.class)
                .hasMessageContaining("queue 0 is out of use")
                .hasCauseInstanceOf(UnsupportedOperationException.class);
    }
}
