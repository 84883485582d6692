package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sequence of section 3.1, and what it may not be. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InitializationTest {
    private final FakeTransport transport = new FakeTransport();

    @Test
    @Clause({
        "2.1.1#1",
        "3.1.1#1",
        "3.1.1#2",
        "3.1.1#3",
        "3.1.1#4",
        "3.1.1#5",
        "3.1.1#7",
        "3.1.1#10",
        "3.1.1#11",
        "6.1#1"
    })
    void theSequenceIsTheStandards() {
        transport.running();
        assertThat(transport.log)
                .containsExactly(
                        "status 0",
                        "status 1",
                        "status 3",
                        "accept {29, 32}",
                        "status 11",
                        "enable 0",
                        "enable 1",
                        "status 15");
    }

    @Test
    @Clause({"3.1.1#1", "3.1.1#8"})
    void everyStepOutOfOrderIsRefusedAndDoesNothing() {
        VirtioDevice device = transport.open();
        transport.assertRefused(device, "cannot start", device::start);
        transport.assertRefused(device, "cannot set up queue 0", () -> device.queue(0));
        device.negotiate(List.of());
        transport.assertRefused(
                device, "cannot negotiate features", () -> device.negotiate(List.of()));
        device.queue(0);
        device.start();
        transport.assertRefused(device, "cannot start", device::start);
        transport.assertRefused(
                device, "cannot negotiate features", () -> device.negotiate(List.of()));
        transport.assertRefused(device, "cannot set up queue 1", () -> device.queue(1));
        device.close();
        transport.assertRefused(device, "cannot start", device::start);
        transport.assertRefused(
                device, "cannot negotiate features", () -> device.negotiate(List.of()));
        transport.assertRefused(device, "cannot set up queue 1", () -> device.queue(1));
        transport.assertRefused(device, "cannot reset", device::reset);
    }

    @Test
    @Clause("3.1.1#6")
    void theConfigurationIsReadBeforeTheFeaturesAreSettledAndNotWritten() {
        VirtioDevice device = transport.open();
        assertThat(device.config().u8(0)).isZero();
        assertThatThrownBy(() -> device.config().writeU8(0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot write the configuration: net at fake 0 is OPENED");
        assertThat(device.config().u8(0)).isZero();
        device.negotiate(List.of());
        device.config().writeU8(0, 1);
        assertThat(device.config().u8(0)).isEqualTo(1);
        device.close();
        assertThatThrownBy(() -> device.config().writeU8(0, 2))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void changesOfTheConfigurationAreCountedWhoeverHearsOfThem() throws InterruptedException {
        VirtioDevice device = transport.running();
        assertThat(device.configurationChanges()).isZero();
        transport.configInterrupt.raise();
        assertThat(device.configurationChanges()).isEqualTo(1);
        assertThat(device.configurationChanges()).isEqualTo(1);
        transport.configInterrupt.raise();
        assertThat(device.queue(0).poll(Duration.ZERO)).isNull(); // a queue hears of it first
        assertThat(device.configurationChanges()).isEqualTo(2);
        assertThat(device.failure()).isEmpty();
        device.reset();
        assertThat(device.configurationChanges()).as("it never falls").isEqualTo(2);
        device.close();
        transport.configInterrupt.raise();
        assertThat(device.configurationChanges()).isEqualTo(2);
    }

    @Test
    @Clause("3.1.1#14")
    void theDeviceIsNotNotifiedBeforeItRuns() {
        VirtioDevice device = transport.negotiated();
        Virtqueue queue = device.queue(0);
        device.queue(1);
        FakeTransport.token(device, queue).submit();
        queue.flush();
        queue.notifyDevice();
        assertThat(transport.ring(0).availableCount()).isEqualTo(1);
        assertThat(transport.log).doesNotContain("ring 0");
        device.start();
        assertThat(transport.log).endsWith("status 15", "ring 0");
        FakeTransport.token(device, queue).submit();
        queue.flush();
        assertThat(transport.log).endsWith("status 15", "ring 0", "ring 0");
    }

    @Test
    void aTransportWhoseDeviceCannotBeOpenedIsClosed() {
        transport.lost = new DeviceLostException("QEMU has ended");
        assertThatThrownBy(transport::open).isInstanceOf(DeviceLostException.class);
        assertThat(transport.closed).isTrue();
    }
}
