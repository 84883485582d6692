package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.ring.contract.ResumeContract;
import org.junit.jupiter.api.Test;

/** A split ring that goes from one device to the next. */
class ResumeTest extends ResumeContract implements SplitRing {
    @Override
    protected int impossibleState(int size) {
        return 0x1_0000;
    }

    /** The next device reads nothing twice that the one before it has used, and loses nothing. */
    @Test
    void theIndexGoesOnPastItsEnd() {
        RingPair ring = RingPair.of(4);
        int id = ring.driver.reserve(ring.small());
        ring.turn(id, 65_535);
        ring.send(id);
        assertThat(ring.driver.resumeState()).hasValue(0xffff);
        DeviceRing next =
                ring.format.createDeviceEnd(
                        ring.setup.startingAt(0xffff), ring.accepted, ring.memory);
        assertThat(next.take()).isTrue();
        next.use(id, 0);
        next.publish();
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.raw.usedIndex()).isZero();
        assertThat(next.take()).isFalse();
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
    }
}
