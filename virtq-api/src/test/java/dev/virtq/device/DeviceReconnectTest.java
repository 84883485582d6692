package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device is lost, another one takes its place, and the same objects go on. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceReconnectTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final FakeTransport transport = new FakeTransport();

    private void lose() {
        transport.lost = new DeviceLostException("it is gone");
    }

    @Test
    void theSequenceBeginsAgain() throws Exception {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken again = FakeTransport.token(device, queue);
        again.setIdempotent(true);
        TransferToken once = FakeTransport.token(device, queue);
        TransferToken staged = FakeTransport.token(device, queue);
        Transfer handle = again.send();
        once.submit();
        queue.flush();
        staged.submit();
        long changes = device.configurationChanges();
        lose();
        transport.log.clear();
        device.reconnect(SOON);
        assertThat(transport.log).containsExactly("reconnect", "status 0", "status 1", "status 3");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.OPENED);
        assertThat(device.configurationChanges()).isGreaterThan(changes);

        // Until it is known what the device takes, everything stays as it is.
        assertThat(device.recovery()).isEmpty();
        assertThat(device.failure()).containsInstanceOf(DeviceLostException.class);
        assertThatThrownBy(handle::poll).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(FakeTransport.token(device, queue)::submit)
                .isInstanceOf(DeviceLostException.class);
        assertThat(once.state()).isEqualTo(TransferState.IN_FLIGHT);

        device.negotiate(List.of());
        assertThat(device.recovery()).contains(new Recovery(0, 0, 1, 1));
        assertThat(device.failure()).isEmpty();
        assertThat(queue.takeReturned()).containsExactly(once);
        assertThat(staged.state()).isEqualTo(TransferState.STAGED);
        transport.log.clear();
        device.queue(0);
        device.queue(1);
        device.start();
        assertThat(transport.log).containsExactly("enable 0", "enable 1", "status 15", "ring 0");
        assertThat(transport.ring(0).availableCount()).isOne();
        transport.ring(0).complete(9);
        assertThat(handle.await(SOON).receivedLength()).isEqualTo(9);
    }

    @Test
    void nobodyThereLeavesEverythingAsItIsForAnotherCall() throws Exception {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken used = FakeTransport.token(device, queue);
        TransferToken unused = FakeTransport.token(device, queue);
        used.submit();
        unused.submit();
        queue.flush();
        transport.ring(0).complete(3);
        lose();
        transport.comesBack = false;
        assertThatThrownBy(() -> device.reconnect(SOON)).isInstanceOf(DeviceLostException.class);
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(unused.state()).isEqualTo(TransferState.IN_FLIGHT);
        transport.comesBack = true;
        device.reconnect(SOON);
        device.negotiate(List.of());
        assertThat(device.recovery()).contains(new Recovery(1, 0, 0, 1));
        assertThat(queue.poll()).isSameAs(used);
        assertThat(queue.takeReturned()).containsExactly(unused);
    }

    @Test
    void whileAnotherThreadOwnsAQueueNothingIsDone() throws Exception {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        CountDownLatch owned = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
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
        lose();
        List<String> before = List.copyOf(transport.log);
        assertThatThrownBy(() -> device.reconnect(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 0 belongs to thread");
        assertThat(transport.log).isEqualTo(before);
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
        release.countDown();
        owner.join();
        device.reconnect(SOON);
    }
}
