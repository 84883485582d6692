package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 2.8.4, and what QEMU makes of it. */
class UsedLengthTest {
    private static final int USED_NOW = AVAIL | USED;

    private final RingPair pair = RingPair.of(4);

    @Test
    void aLengthCountsWithTheFlag() {
        assertThat(used(pair.driver.reserve(pair.chain(16, -64)), 40, WRITE)).isEqualTo(40);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 64})
    void aLengthThatTheChainHasRoomForCountsWithoutTheFlagSinceQemuNeverSetsIt(long length) {
        assertThat(used(pair.driver.reserve(pair.chain(16, -64)), length, 0)).isEqualTo(length);
    }

    @ParameterizedTest
    @ValueSource(longs = {65, 1500, 0xffff_ffffL})
    void aLengthThatTheChainHasNoRoomForMeansNothingWithoutTheFlag(long length) {
        assertThat(used(pair.driver.reserve(pair.chain(16, -64)), length, 0)).isZero();
    }

    @Test
    void inAChainThatTheDeviceOnlyReadsNoLengthMeansAnythingWithoutTheFlag() {
        assertThat(used(pair.driver.reserve(pair.chain(16)), 16, 0)).isZero();
    }

    @Test
    void aLengthThatTheChainHasNoRoomForIsAFaultWithTheFlag() {
        int id = pair.driver.reserve(pair.chain(16, -64));
        assertThatThrownBy(() -> used(id, 65, WRITE)).isInstanceOf(DeviceFaultException.class);
    }

    @Test
    void aPictureGoesByTheSameRule() {
        int id = pair.driver.reserve(pair.chain(16, -64));
        pair.send(id);
        pair.raw.use(0, id, 40, USED_NOW);
        assertThat(pair.driver.snapshot().chains().getFirst().usedLength()).hasValue(40L);
    }

    private long used(int id, long length, int flags) {
        pair.send(id);
        pair.raw.use(0, id, length, USED_NOW | flags);
        assertThat(pair.driver.poll()).isEqualTo(id);
        return pair.driver.usedLength();
    }
}
