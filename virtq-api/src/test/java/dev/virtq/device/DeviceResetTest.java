package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device is reset, and the same objects go on (section 2.4). */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceResetTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);

    private final FakeTransport transport = new FakeTransport();

    @Test
    @Clause({"2.4.2#1", "3.3.1#2"})
    void aResetThatIsNotConfirmedLeavesNothingButClosing() {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken token = FakeTransport.token(device, queue);
        Transfer transfer = token.send();
        queue.flush();
        transport.onStatus = written -> 0x0f;
        assertThatThrownBy(device::reset)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("did not confirm a reset within 2000 ms");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> transfer.await(SOON)).isInstanceOf(DeviceFaultException.class);
        assertThatThrownBy(() -> token.receiving(0).intAt(0))
                .isInstanceOf(IllegalStateException.class);
        device.close();
        assertThat(token.state()).isEqualTo(TransferState.QUARANTINED);
    }

    @Test
    void afterAConfirmedResetTheSameObjectsWorkAgain() throws InterruptedException {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken token = FakeTransport.token(device, queue);
        Transfer transfer = token.send();
        queue.flush();
        device.reset();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(TransferReturnedException.class);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        transport.log.clear();
        device.negotiate(List.of());
        assertThat(device.queue(0)).isSameAs(queue);
        Transfer again = token.send();
        queue.flush();
        assertThatThrownBy(device::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 1 was not set up again after the reset");
        device.queue(1);
        device.start();
        assertThat(transport.log)
                .containsExactly(
                        "accept {29, 32}",
                        "status 11",
                        "enable 0",
                        "enable 1",
                        "status 15",
                        "ring 0");
        transport.ring(0).complete(7);
        assertThat(again.await(SOON).receivedLength()).isEqualTo(7);
        assertThat(device.failure()).isEmpty();
    }

    @Test
    void aSharedQueueSurvivesAReset() {
        VirtioDevice device = transport.negotiated();
        SharedVirtqueue shared = device.queue(0, NO_SPIN).share();
        device.start();
        TransferToken token = shared.prepare(BufferList.receiveOnly(device.memory().allocate(64)));
        TransferFuture<TransferToken> future = shared.send(token);
        device.reset();
        assertThatThrownBy(future::join).hasCauseInstanceOf(TransferReturnedException.class);
        device.negotiate(List.of());
        device.queue(0);
        device.start();
        TransferFuture<TransferToken> again = shared.send(token);
        transport.ring(0).complete(5);
        assertThat(again.join().receivedLength()).isEqualTo(5);
        device.close();
        assertThat(transport.memory.available()).isEqualTo(1 << 16);
    }

    @Test
    void aDeviceThatTakesAQueueNoLongerAfterAResetIsAtFault() {
        VirtioDevice device = transport.running();
        device.reset();
        device.negotiate(List.of());
        transport.maxSize = queue -> 8;
        assertThatThrownBy(() -> device.queue(0))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("size 16 of at most 8");
    }

    @Test
    void aResetIsRefusedWhileAnotherThreadOwnsAQueue() throws InterruptedException {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        var release = new java.util.concurrent.CountDownLatch(1);
        var owned = new java.util.concurrent.CountDownLatch(1);
        Thread owner =
                Thread.ofPlatform()
                        .start(() -> {
                            queue.publish();
                            owned.countDown();
                            try {
                                release.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        owned.await();
        List<String> before = List.copyOf(transport.log);
        assertThatThrownBy(device::reset)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 0 belongs to thread");
        assertThat(transport.log).isEqualTo(before);
        release.countDown();
        owner.join();
        device.reset();
    }
}
