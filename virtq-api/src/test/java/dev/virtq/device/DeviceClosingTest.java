package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing resets the device before any memory is freed (section 3.3). */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceClosingTest {
    private final FakeTransport transport = new FakeTransport();

    @Test
    @Clause({"2.4.2#1", "3.3.1#2"})
    void closingResetsThenFreesThenLetsGo() {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken token = FakeTransport.token(device, queue);
        token.submit();
        queue.flush();
        transport.log.clear();
        device.close();
        device.close();
        assertThat(transport.log).containsExactly("status 0", "close [freed, freed]");
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
        assertThat(transport.memory.available()).isEqualTo(1 << 16);
        assertThat(device.failure()).isPresent();
    }

    @Test
    @Clause({"2.4.2#1", "3.3.1#2"})
    void withoutAConfirmedResetMemoryIsQuarantined() {
        VirtioDevice device = transport.running();
        Virtqueue queue = device.queue(0);
        TransferToken token = FakeTransport.token(device, queue);
        token.submit();
        queue.flush();
        TransferToken idle = FakeTransport.token(device, queue);
        transport.onStatus = written -> 0x4f;
        device.close();
        assertThat(transport.log.getLast()).isEqualTo("close [quarantined, quarantined]");
        assertThat(token.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(idle.state()).isEqualTo(TransferState.CLOSED);
        assertThat(transport.memory.quarantined()).isEqualTo(64);
    }

    @Test
    void aLostDeviceIsQuarantinedUnlessItIsProvenDead() {
        for (boolean dead : new boolean[] {false, true}) {
            FakeTransport other = new FakeTransport();
            VirtioDevice device = other.open();
            device.negotiate(List.of());
            Virtqueue queue = device.queue(0);
            device.start();
            FakeTransport.token(device, queue).submit();
            queue.flush();
            other.lost = new DeviceLostException("QEMU has ended");
            other.provenDead = dead;
            device.close();
            assertThat(other.memory.quarantined()).isEqualTo(dead ? 0 : 64);
            assertThat(other.closed).isTrue();
        }
    }

    @Test
    void aTransportThatFailsInAnyWayIsStillLetGoOf() {
        VirtioDevice device = transport.running();
        transport.onStatus =
                written -> {
                    throw new IllegalStateException("a bug");
                };
        assertThatThrownBy(device::close).isInstanceOf(IllegalStateException.class);
        assertThat(transport.log.getLast()).isEqualTo("close [quarantined, quarantined]");
    }
}
