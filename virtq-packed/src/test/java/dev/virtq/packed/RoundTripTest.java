package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chains go round, with every combination of features, past the end of the ring many times. */
class RoundTripTest {
    static List<FeatureSet> features() {
        List<FeatureSet> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            FeatureSet features = FeatureSet.EMPTY;
            features = (i & 1) != 0 ? features.with(CommonFeature.INDIRECT_DESC) : features;
            features = (i & 2) != 0 ? features.with(CommonFeature.EVENT_IDX) : features;
            features = (i & 4) != 0 ? features.with(CommonFeature.IN_ORDER) : features;
            all.add(features);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("features")
    @Clause({"2.8.12#1", "2.8.12#2", "2.8.18#1", "2.8.4"})
    void everyChainComesBackWithTheLengthThatTheDeviceTold(FeatureSet features) {
        for (int size : new int[] {1, 2, 3, 5, 7, 8, 255}) {
            RingPair ring =
                    new RingPair(
                            size, features, IndirectUse.WHEN_SLOTS_ARE_SHORT, RingPair.memory());
            List<Integer> ids = new ArrayList<>();
            while (ring.driver.room() > 0) {
                ids.add(
                        ring.driver.reserve(
                                ring.driver.room() > 2
                                        ? ring.chain(10, 20, -64)
                                        : ring.chain(-64)));
            }
            for (int round = 0; round < 50; round++) {
                for (int id : ids) {
                    ring.driver.stage(id);
                }
                assertThat(ring.driver.publish()).isEqualTo(ids.size());
                for (int id : ids) {
                    assertThat(ring.device.take()).isTrue();
                    assertThat(ring.device.chain().id()).isEqualTo(id);
                }
                assertThat(ring.device.take()).isFalse();
                for (int id : ids) {
                    ring.device.use(id, (id + round) % 65);
                }
                assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
                ring.device.publish();
                for (int id : ids) {
                    assertThat(ring.driver.poll()).isEqualTo(id);
                    assertThat(ring.driver.usedLength()).isEqualTo((id + round) % 65);
                    assertThat(ring.driver.usedLengthIsAssumed()).isFalse();
                }
                assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
                assertThat(ring.driver.inFlight()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 255, 32768})
    void oneChainGoesRoundTheRingAgainAndAgain(int size) {
        RingPair ring =
                new RingPair(size, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        ring.turn(ring.driver.reserve(ring.small()), 3L * size + 1);
        int slot = (3 * size + 1) % size;
        int wrap = (3 * size + 1) / size % 2 == 0 ? 0x8000 : 0;
        assertThat(ring.driver.nextAvailable()).isEqualTo(slot | wrap);
    }
}
