package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Features are settled with a device, or the sequence ends there (section 3.1.1). */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NegotiationTest {
    private final FakeTransport transport = new FakeTransport();

    @Test
    @Clause({"2.1.1#3", "3.1.1#9", "3.1.1#12", "3.1.1#13"})
    void featuresThatTheDeviceDoesNotTakeEndTheSequence() {
        VirtioDevice device = transport.open();
        transport.onStatus = written -> written & ~DeviceStatus.FEATURES_OK.mask();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("does not take the features {29, 32}")
                .hasMessageContaining("status 0x03 (ACKNOWLEDGE DRIVER)");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(transport.log.getLast()).isEqualTo("status " + (3 | 128));
        transport.assertRefused(
                device, "cannot negotiate features", () -> device.negotiate(List.of()));
        transport.assertRefused(device, "cannot set up queue 0", () -> device.queue(0));
        transport.onStatus = written -> written;
        transport.log.clear();
        device.reset();
        device.negotiate(List.of());
        assertThat(transport.log)
                .containsExactly(
                        "status 0", "status 1", "status 3", "accept {29, 32}", "status 11");
    }

    @Test
    @Clause({"2.2.1#3", "2.2.1#5"})
    void featuresThatNobodyKnowsAreNoHindrance() {
        transport.offered = new FeatureSet(-1, -1);
        VirtioDevice device = transport.running();
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
        assertThat(transport.log).contains("accept {28, 29, 32}").endsWith("status 15");
    }

    @Test
    @Clause({"2.2.1#2", "2.2.1#4", "3.1.1#12", "3.1.1#13", "6.1#2"})
    void aLegacyDeviceIsNotDriven() {
        transport.offered = FeatureSet.of(CommonFeature.EVENT_IDX);
        VirtioDevice device = transport.open();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("VERSION_1");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(transport.log).containsExactly("status 0", "status 1", "status 3", "status 131");
        transport.assertRefused(
                device, "cannot negotiate features", () -> device.negotiate(List.of()));
        transport.assertRefused(device, "cannot set up queue 0", () -> device.queue(0));
        transport.assertRefused(device, "cannot start", device::start);
    }

    @Test
    @Clause("6.1#1")
    void refusedFeaturesAreNotAcceptedAndTheVersionCannotBeRefused() {
        VirtioDevice device = transport.open();
        assertThatThrownBy(
                        () -> device.negotiate(List.of(), FeatureSet.of(CommonFeature.VERSION_1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("VERSION_1 cannot be refused");
        assertThat(device.negotiate(List.of(), FeatureSet.of(CommonFeature.EVENT_IDX)))
                .isEqualTo(FeatureSet.of(CommonFeature.VERSION_1));
        assertThat(device.has(CommonFeature.EVENT_IDX)).isFalse();
    }

    @Test
    void aDeviceThatIsLostDuringNegotiationSaysSo() {
        VirtioDevice device = transport.open();
        transport.onStatus =
                written -> {
                    transport.lost = new DeviceLostException("QEMU has ended");
                    return written;
                };
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("QEMU has ended");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        device.close();
        assertThat(transport.closed).isTrue();
    }
}
