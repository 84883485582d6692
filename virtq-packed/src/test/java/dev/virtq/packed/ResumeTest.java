package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.ring.contract.BothEnds;
import dev.virtq.ring.contract.ResumeContract;
import org.junit.jupiter.api.Test;

/** A packed ring that goes from one device to the next. */
class ResumeTest extends ResumeContract implements PackedRing {
    @Override
    protected int impossibleState(int size) {
        return (0x8000 | size) << 16 | 0x8000;
    }

    /** Its used descriptor stands where the other one's available descriptor stood. */
    @Test
    void whatADeviceHasUsedOutOfOrderCannotBeReadFromTheRing() {
        BothEnds ring = ring(8);
        int first = ring.driver.reserve(ring.small());
        int second = ring.driver.reserve(ring.small());
        ring.send(first);
        ring.send(second);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.take()).isTrue();
        ring.device.use(second, 0);
        ring.device.publish();
        assertThat(ring.driver.poll()).isEqualTo(second);
        assertThat(ring.driver.resumeState()).isEmpty();
        ring.device.use(first, 0);
        ring.device.publish();
        assertThat(ring.driver.poll()).isEqualTo(first);
        assertThat(ring.driver.resumeState()).hasValue(0x8002 << 16 | 0x8002);
    }

    /** What follows the first of a batch is written before anybody sees that there is one. */
    @Test
    void aDeviceThatDiedOverABatchLeavesARingThatCannotBeRead() {
        BothEnds ring = ring(8);
        int first = ring.driver.reserve(ring.small());
        int second = ring.driver.reserve(ring.small());
        ring.send(first);
        ring.send(second);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.driver.resumeState()).hasValue(ring.setup.startState());
        ring.device.use(first, 0);
        ring.device.use(second, 0); // in memory; the first one is shown with the batch
        assertThat(ring.driver.poll()).isEqualTo(-1);
        assertThat(ring.driver.resumeState()).isEmpty();
    }
}
