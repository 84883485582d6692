package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.RestartContract;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** What happens to a ring when its device is reset, or never comes back. */
class RestartTest extends RestartContract implements PackedRing {
    @Override
    protected void checkBytesAfterARestart(BothEnds ring, byte[] before) {
        RawRing raw = new RawRing(ring.setup, ring.memory);
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8000);
        assertThat(raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void aRestartMendsWhatTheDeviceWroteOver() {
        RingPair ring = RingPair.of(8, CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);
        int id = ring.driver.reserve(ring.chain(16, 16, -16));
        ring.send(id);
        long table = ring.raw.descriptor(0).address();
        ring.memory.at(table, 48).orElseThrow().fill((byte) 0xff);
        ring.raw.descriptors.fill((byte) 0xff);
        ring.raw.driverEvent.fill((byte) 0xff);
        ring.raw.deviceEvent.fill((byte) 0xff);
        ring.driver.restart();
        assertThat(ring.raw.driverEventPosition()).isZero();
        assertThat(ring.raw.driverEventFlags()).isOne();
        assertThat(ring.raw.deviceEventPosition()).isZero();
        assertThat(ring.raw.deviceEventFlags()).isZero();
        ring.send(id);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().count()).isEqualTo(3);
    }

    @Test
    void aRestartedRingAsksForNoNotificationsUntilSomebodyDoes() {
        RingPair ring = RingPair.of(4);
        ring.driver.enableNotifications();
        ring.driver.restart();
        assertThat(ring.raw.driverEventFlags()).isOne();
    }
}
