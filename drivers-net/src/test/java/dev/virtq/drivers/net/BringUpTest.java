package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.testing.Clause;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Devices that cannot be brought up, and what their configuration says. */
class BringUpTest {
    /** MAC 52:54:00:12:34:56, link down, no pairs, MTU 9000. */
    private static final byte[] CONFIG = {
        0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0x28, 0x23
    };

    @Test
    void aDeviceOfAnotherTypeIsRefusedBeforeItIsTouched() {
        OtherTransport transport = new OtherTransport(DeviceType.BLOCK, FeatureSet.EMPTY);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetDevice.open(transport))
                .withMessage("nowhere is a blk device (expected: net)");
        assertThat(transport.closed).isTrue();
    }

    @Test
    void aLegacyDeviceIsRefused() {
        OtherTransport transport =
                new OtherTransport(DeviceType.NETWORK, FeatureSet.of(NetFeature.MAC), CONFIG);
        assertThatThrownBy(() -> NetDevice.open(transport))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("VERSION_1");
        assertThat(transport.closed).isTrue();
        assertThat(transport.readStatus()).as("reset").isZero();
    }

    @Test
    void fieldsAreReadWhereTheirFeaturesWereAccepted() {
        NetConfig config = config(CONFIG, NetFeature.MAC, NetFeature.MTU, NetFeature.STATUS);
        assertThat(config.mac()).contains(MacAddress.parse("52:54:00:12:34:56"));
        assertThat(config.mtu()).contains(9000);
        assertThat(config.linkUp()).isFalse();
    }

    @Test
    @Clause({"2.5.1#2", "2.5.1#4"})
    void fieldsWithoutTheirFeaturesAreNotRead() {
        NetConfig config = config(new byte[0]);
        assertThat(config.mac()).isEmpty();
        assertThat(config.mtu()).isEmpty();
        assertThat(config.linkUp()).isTrue();
    }

    @Test
    @Clause("2.5.1#4")
    void aSpaceThatIsTooShortForItsFeaturesIsAFault() {
        NetConfig config = config(new byte[11], NetFeature.MAC, NetFeature.MTU, NetFeature.STATUS);
        assertThatThrownBy(config::mtu)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("too short for the field mtu")
                .hasMessageContaining("11 bytes, expected: at least 12");
        assertThat(config.linkUp()).isFalse();
    }

    @Test
    @Clause("2.5.1#3")
    void aSpaceThatIsLargerThanWhatIsKnownIsTaken() {
        NetConfig config =
                config(
                        Arrays.copyOf(CONFIG, 4096),
                        NetFeature.MAC,
                        NetFeature.MTU,
                        NetFeature.STATUS);
        assertThat(config.mac()).contains(MacAddress.parse("52:54:00:12:34:56"));
        assertThat(config.mtu()).contains(9000);
        assertThat(config.linkUp()).isFalse();
    }

    @Test
    void theSmallestAndTheLargestMtuAreTaken() {
        byte[] smallest = CONFIG.clone();
        smallest[10] = 68;
        smallest[11] = 0;
        assertThat(config(smallest, NetFeature.MTU).mtu()).contains(68);
        byte[] largest = CONFIG.clone();
        largest[10] = -1;
        largest[11] = -1;
        assertThat(config(largest, NetFeature.MTU).mtu()).contains(65535);
    }

    private static NetConfig config(byte[] bytes, Feature... accepted) {
        FeatureSet features = FeatureSet.of(accepted).with(CommonFeature.VERSION_1);
        VirtioDevice device =
                VirtioDevice.open(new OtherTransport(DeviceType.NETWORK, features, bytes));
        return new NetConfig(device.config(), features);
    }
}
