package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the driver writes into the status (section 2.1), whatever the device shows there. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StatusBitsTest {
    private final FakeTransport transport = new FakeTransport();

    /** Over the whole life of a device, with a reset and a failure in it. */
    @Test
    @Clause("2.1.1#2")
    void noStatusBitIsEverClearedButByAReset() {
        List<Integer> clearing = new ArrayList<>();
        AtomicBoolean takesFeatures = new AtomicBoolean(true);
        transport.onStatus =
                written -> {
                    if (written != 0 && (transport.status & ~written) != 0) {
                        clearing.add(written);
                    }
                    return takesFeatures.get()
                            ? written
                            : written & ~DeviceStatus.FEATURES_OK.mask();
                };
        VirtioDevice device = transport.running();
        device.reset();
        takesFeatures.set(false);
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class);
        takesFeatures.set(true);
        device.reset();
        device.negotiate(List.of());
        device.queue(0);
        device.queue(1);
        transport.status |= DeviceStatus.DEVICE_NEEDS_RESET.mask();
        device.start();
        device.close();
        assertThat(clearing).isEmpty();
        assertThat(transport.log).contains("status " + 0x4f);
    }
}
