package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ring whose device is gone, and what another device makes of it that goes on there. */
public abstract class ResumeContract implements RingUnderTest {
    private static final int SIZE = 8;

    /** For the tests of a format. */
    protected ResumeContract() {}

    /**
     * {@return a start state that a ring of this format cannot have}
     *
     * @param size how many entries it has
     */
    protected abstract int impossibleState(int size);

    /** Lives end at random moments, some with chains that were taken and never used. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void eachDeviceGoesOnWhereTheOneBeforeItEnded(long seed) {
        Random random = new Random(seed);
        FeatureSet features =
                seed % 2 == 0 ? FeatureSet.EMPTY : FeatureSet.of(CommonFeature.IN_ORDER);
        BothEnds ring = ring(SIZE, features, IndirectUse.NEVER, BothEnds.memory());
        int[] ids = {
            ring.driver.reserve(ring.chain(3, -3)),
            ring.driver.reserve(ring.chain(3)),
            ring.driver.reserve(ring.chain(3, -3, -2)),
            ring.driver.reserve(ring.chain(-2)),
        };
        Deque<Integer> idle = new ArrayDeque<>();
        for (int id : ids) {
            idle.add(id);
        }
        Deque<Integer> expected = new ArrayDeque<>();
        DeviceRing device = ring.device;
        for (int life = 0; life < 20_000; life++) {
            for (int i = random.nextInt(3); i > 0 && !idle.isEmpty(); i--) {
                int id = idle.remove();
                ring.driver.stage(id);
                expected.add(id);
            }
            ring.driver.publish();
            for (int i = random.nextInt(4); i > 0 && device.take(); i--) {
                device.use(device.chain().id(), 0);
                device.publish();
            }
            if (random.nextBoolean()) {
                device.take(); // and never used
            }
            int used;
            while ((used = ring.driver.poll()) != DriverRing.NOTHING) {
                assertThat(used).isEqualTo(expected.remove());
                idle.add(used);
            }
            device = next(ring);
        }
        while (device.take()) {
            device.use(device.chain().id(), 0);
            device.publish();
            assertThat(ring.driver.poll()).isEqualTo(expected.remove());
        }
        assertThat(expected).isEmpty();
        assertThat(ring.driver.inFlight()).isZero();
    }

    @Test
    void aRingThatNobodyHasUsedIsResumedAtItsStart() {
        BothEnds ring = ring(SIZE);
        ring.send(ring.driver.reserve(ring.small()));
        assertThat(ring.driver.resumeState()).hasValue(ring.setup.startState());
    }

    @Test
    void whatCouldNotBeTakenIsNotTheStartOfAnything() {
        BothEnds ring = ring(SIZE);
        int id = ring.driver.reserve(ring.chain(1, -1));
        ring.send(id);
        ring.serve(77);
        assertThatThrownBy(ring.driver::poll).isInstanceOf(DeviceFaultException.class);
        assertThat(ring.driver.resumeState()).isEmpty();
        ring.driver.restart();
        assertThat(ring.driver.resumeState()).hasValue(ring.setup.startState());
    }

    @Test
    void aDeviceRefusesAStartThatTheRingDoesNotHave() {
        BothEnds ring = ring(SIZE);
        assertThatThrownBy(() ->
                        ring.format.createDeviceEnd(
                                ring.setup.startingAt(impossibleState(SIZE)),
                                ring.accepted,
                                ring.memory))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("the ring starts at");
    }

    private static DeviceRing next(BothEnds ring) {
        int state = ring.driver.resumeState().orElseThrow();
        return ring.format.createDeviceEnd(
                ring.setup.startingAt(state), ring.accepted, ring.memory);
    }
}
