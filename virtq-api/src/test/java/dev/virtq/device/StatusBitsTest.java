package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Whatever bits the device adds or leaves out, the driver writes those that it has set. */
    @ParameterizedTest
    @ValueSource(ints = {0xbf, 0x20, 0xb4, 0x90, 0x08})
    @Clause({"2.1.1#1", "2.1.1#2", "3.1.1#1"})
    void whatTheDeviceShowsIsNotWrittenBack(int shown) {
        transport.onStatus =
                written -> written == 0 ? 0 : shown | (written & DeviceStatus.FEATURES_OK.mask());
        transport.running();
        assertThat(statusWrites()).containsExactly(0x00, 0x01, 0x03, 0x0b, 0x0f);
    }

    @Test
    @Clause({"2.1.1#1", "2.1.1#2"})
    void aDeviceThatForgetsTheBitsIsToldThemAgain() {
        transport.onStatus = written -> written & DeviceStatus.FEATURES_OK.mask();
        transport.running();
        assertThat(statusWrites()).containsExactly(0x00, 0x01, 0x03, 0x0b, 0x0f);
    }

    @Test
    @Clause({"2.1.1#2", "3.1.1#12"})
    void givingUpAddsOneBitToThoseThatTheDriverHasSetAndTheDeviceTook() {
        transport.onStatus = written -> written == 0 ? 0 : 0x34;
        VirtioDevice device = transport.open();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("does not take the features")
                .hasMessageContaining("status 0x34");
        assertThat(statusWrites()).containsExactly(0x00, 0x01, 0x03, 0x0b, 0x83);
    }

    /** Only the device sets this bit, and the driver may not clear it. */
    @Test
    @Clause({"2.1.1#2", "2.1.1#3"})
    void needsResetIsTheOnlyBitThatIsKeptForTheDeviceUntilAReset() {
        transport.onStatus = written -> written == 0 ? 0 : written | 0x40;
        VirtioDevice device = transport.running();
        assertThat(statusWrites()).containsExactly(0x00, 0x01, 0x43, 0x4b, 0x4f);
        transport.log.clear();
        transport.onStatus = written -> written;
        device.reset();
        assertThat(statusWrites()).containsExactly(0x00, 0x01, 0x03);
    }

    private List<Integer> statusWrites() {
        return transport.log.stream()
                .filter(entry -> entry.startsWith("status "))
                .map(entry -> Integer.valueOf(entry.substring("status ".length())))
                .toList();
    }
}
