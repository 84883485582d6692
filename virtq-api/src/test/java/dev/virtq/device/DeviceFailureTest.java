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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever waits for a device that fails, or is gone, is told so at once. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceFailureTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);

    private final FakeTransport transport = new FakeTransport();

    @Test
    @Clause("2.1.1#4")
    void needsResetReachesWhoeverWaits() {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken token = FakeTransport.token(device, queue);
        Transfer transfer = token.send();
        queue.flush();
        transport.status |= DeviceStatus.DEVICE_NEEDS_RESET.mask();
        transport.configInterrupt.raise();
        long start = System.nanoTime();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("the device needs a reset")
                .hasMessageContaining("DEVICE_NEEDS_RESET");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> FakeTransport.token(device, queue).send())
                .isInstanceOf(DeviceFaultException.class);
        device.reset();
        assertThat(device.failure()).isEmpty();
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aLostDeviceReleasesEveryWaiterWithinASecond() throws InterruptedException {
        VirtioDevice device = transport.negotiated();
        Virtqueue plain = device.queue(0, NO_SPIN);
        SharedVirtqueue shared = device.queue(1, NO_SPIN).share();
        device.start();
        Map<String, Throwable> seen = new ConcurrentHashMap<>();
        List<Thread> waiters = new ArrayList<>();
        waiters.add(
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                FakeTransport.token(device, plain).send().await(SOON);
                            } catch (Throwable e) {
                                seen.put("await", e);
                            }
                        }));
        for (int i = 0; i < 4; i++) {
            String name = "join " + i;
            waiters.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                TransferToken token =
                                        shared.prepare(
                                                BufferList.receiveOnly(
                                                        device.memory().allocate(64)));
                                TransferFuture<TransferToken> future = shared.send(token);
                                try {
                                    future.join();
                                } catch (CompletionException e) {
                                    seen.put(name, cause(e));
                                }
                            }));
        }
        Thread.sleep(100);
        long start = System.nanoTime();
        transport.lost = new DeviceLostException("QEMU has ended");
        for (Thread waiter : waiters) {
            waiter.join();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(seen).hasSize(5);
        assertThat(seen.values())
                .allSatisfy(failure -> assertThat(failure).isInstanceOf(DeviceLostException.class));
        assertThat(device.failure()).get().isInstanceOf(DeviceLostException.class);
    }

    private static Throwable cause(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }
}
