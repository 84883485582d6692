package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.virtq.device.CommonFeature;
import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.RestartContract;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** What happens to a ring when its device is reset, or never comes back. */
class RestartTest extends RestartContract implements SplitRing {
    @Override
    protected void checkBytesAfterARestart(BothEnds ring, byte[] before) {
        RawRing raw = new RawRing(ring.setup, ring.memory);
        assertThat(raw.availableIndex()).isZero();
        assertThat(raw.usedIndex()).isZero();
        assertThat(raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
    }

    @Test
    void aRestartMendsWhatTheDeviceWroteOver() {
        RingPair ring = RingPair.of(8, CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);
        int id = ring.driver.reserve(ring.chain(16, 16, -16));
        long table = ring.raw.descriptor(id).address();
        ring.memory.at(table, 48).orElseThrow().fill((byte) 0xff);
        ring.raw.descriptors.fill((byte) 0xff);
        ring.raw.available.fill((byte) 0xff);
        ring.raw.used.fill((byte) 0xff);
        ring.driver.restart();
        ring.send(id);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().count()).isEqualTo(3);
        assertThat(ring.raw.availableFlags()).isZero();
        assertThat(ring.raw.usedFlags()).isZero();
    }

    @Test
    void aRestartedRingAsksForNoNotificationsUntilSomebodyDoes() {
        RingPair ring = RingPair.of(4);
        ring.driver.enableNotifications();
        ring.driver.restart();
        assertThat(ring.raw.availableFlags()).isOne();
    }

    @Test
    void aChainThatTheDeviceHadBeforeARestartIsNotStagedAfterIt() {
        RingPair ring = RingPair.of(4);
        int other = ring.driver.reserve(ring.small());
        int flown = ring.driver.reserve(ring.small());
        ring.send(other);
        ring.send(flown);
        ring.driver.restart();
        ring.driver.stage(other);
        ring.driver.stage(ring.driver.reserve(ring.small()));
        assertThatIllegalStateException()
                .isThrownBy(() -> ring.driver.unstage(flown))
                .withMessage("chain %d is not staged", flown);
    }
}
