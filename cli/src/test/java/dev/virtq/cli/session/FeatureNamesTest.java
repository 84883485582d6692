package dev.virtq.cli.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import org.junit.jupiter.api.Test;

class FeatureNamesTest {
    @Test
    void aBitMeansWhatItMeansToItsDevice() {
        assertThat(new FeatureNames(DeviceType.NETWORK).name(9)).isEqualTo("GUEST_ECN");
        assertThat(new FeatureNames(DeviceType.BLOCK).name(9)).isEqualTo("FLUSH");
        assertThat(new FeatureNames(DeviceType.FILE_SYSTEM).name(9)).isEqualTo("bit 9");
        assertThat(new FeatureNames(DeviceType.FILE_SYSTEM).name(0)).isEqualTo("NOTIFICATION");
    }

    @Test
    void theBitsOfRingsMeanTheSameToEveryDevice() {
        for (String device : new String[] {"net", "blk", "fs", "rng"}) {
            DeviceType type = DeviceType.named(device).orElseThrow();
            assertThat(new FeatureNames(type).name(34)).isEqualTo("RING_PACKED");
        }
    }
}
