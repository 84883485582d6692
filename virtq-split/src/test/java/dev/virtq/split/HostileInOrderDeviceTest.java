package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that accepted VIRTIO_F_IN_ORDER and writes into the used ring whatever it likes. */
class HostileInOrderDeviceTest {
    private static final int WRITABLE = 64;

    private final RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
    private final int[] ids = new int[3];

    HostileInOrderDeviceTest() {
        // Two slots each: the heads in flight are 0, 2 and 4; 6 and 7 are nobody's.
        for (int i = 0; i < 3; i++) {
            ids[i] = ring.driver.reserve(ring.chain(16, -WRITABLE));
            ring.driver.stage(ids[i]);
        }
        ring.driver.publish();
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 65536, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    @Clause("2.7.8")
    void aHeadThatDoesNotExistIsAFault(int head) {
        ring.raw.use(head, 0);
        DeviceFaultException fault = fault();
        assertThat(fault.clause()).isEqualTo("2.7.8");
        assertThat(fault.evidence())
                .isEqualTo(
                        "used ring slot 0: id %s, length 0"
                                .formatted(Integer.toUnsignedString(head)));
        nothingWasLost();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 6, 7})
    @Clause("2.7.8")
    void aSlotThatIsNoHeadIsAFault(int slot) {
        ring.raw.usedEntry(0, slot, 0);
        ring.raw.usedIndex(3);
        assertThat(fault())
                .hasMessageContaining("chain %d, which is not in flight".formatted(slot));
        nothingWasLost();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Clause("2.7.9")
    void aBatchThatTheIndexDoesNotCoverIsAFault(int moved) {
        ring.raw.usedEntry(0, 4, 0);
        ring.raw.usedIndex(moved);
        DeviceFaultException fault = fault();
        assertThat(fault.clause()).isEqualTo("2.7.9");
        assertThat(fault.evidence()).isEqualTo("used ring slot 0: id 4, length 0");
        assertThat(fault)
                .hasMessageContaining(
                        "a batch of 3 up to chain 4, and moved the used index by " + moved);
        assertThat(fault()).hasMessageContaining("a batch of 3"); // and again, until it is mended
        ring.raw.usedIndex(3);
        gives(ids[0], WRITABLE, true);
        gives(ids[1], WRITABLE, true);
        gives(ids[2], 0, false);
    }

    @Test
    @Clause("2.7.9")
    void aBatchIsCountedFromWhatWasTakenBefore() {
        ring.raw.use(0, 0);
        gives(ids[0], 0, false);
        ring.raw.use(4, 0);
        assertThat(fault())
                .hasMessageContaining("a batch of 2 up to chain 4, and moved the used index by 1");
    }

    @Test
    @Clause("2.7.9")
    void chainsThatAreUsedOutOfOrderAreAFault() {
        ring.raw.use(2, 0); // alone; the one before it comes later
        assertThat(fault()).hasMessageContaining("a batch of 2 up to chain 2");
        nothingWasLost();
    }

    @Test
    @Clause("2.7.8")
    void aHeadThatComesTwiceIsAFaultTheSecondTime() {
        ring.raw.use(0, 1);
        ring.raw.use(0, 1);
        gives(ids[0], 1, false);
        assertThat(fault().evidence()).isEqualTo("used ring slot 1: id 0, length 1");
        ring.raw.usedEntry(1, 2, 2);
        gives(ids[1], 2, false);
    }

    @Test
    @Clause("2.7.8")
    void aHeadInsideABatchThatWasTakenIsAFault() {
        ring.raw.usedEntry(0, 2, 0);
        ring.raw.usedEntry(2, 0, 0);
        ring.raw.usedIndex(3);
        gives(ids[0], WRITABLE, true);
        gives(ids[1], 0, false);
        assertThat(fault()).hasMessageContaining("chain 0, which is not in flight");
        ring.raw.usedEntry(2, 4, 7);
        gives(ids[2], 7, false);
    }

    @ParameterizedTest
    @ValueSource(longs = {65, 1000, 0x8000_0000L, 0xffff_ffffL})
    @Clause("2.7.8.2#2")
    void aLengthBeyondTheWritableBytesOfTheLastChainIsAFaultForTheWholeBatch(long length) {
        ring.raw.usedEntry(0, 4, length);
        ring.raw.usedIndex(3);
        DeviceFaultException fault = fault();
        assertThat(fault.clause()).isEqualTo("2.7.8.2#2");
        assertThat(fault)
                .hasMessageContaining("%d bytes into chain 4, which has room for 64", length);
        nothingWasLost();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 100, 32768, 65535})
    @Clause("2.7.8")
    void aUsedIndexBeyondWhatIsInFlightIsAFault(int index) {
        ring.raw.usedIndex(index);
        assertThat(fault())
                .hasMessageContaining(
                        "moved from 0 to %d with 3 chains in flight".formatted(index));
        nothingWasLost();
    }

    @Test
    @Clause("2.7.8")
    void aChainThatIsStagedAndNotPublishedIsAFault() {
        int staged = ring.driver.reserve(ring.small());
        ring.driver.stage(staged);
        ring.raw.usedEntry(0, 6, 0);
        ring.raw.usedIndex(3);
        assertThat(fault()).hasMessageContaining("chain 6, which is not in flight");
        ring.driver.unstage(staged);
        assertThat(fault()).hasMessageContaining("chain 6, which is not in flight");
        nothingWasLost();
    }

    @Test
    @Clause("2.7.8")
    void aHeadThatAChainHadBeforeItWasTakenBackIsAFault() {
        int first = ring.driver.reserve(ring.small());
        int second = ring.driver.reserve(ring.small());
        ring.driver.stage(first);
        ring.driver.stage(second); // at slot 7
        ring.driver.unstage(first); // moves the other to slot 6
        ring.driver.publish();
        ring.raw.usedEntry(0, 7, 0);
        ring.raw.usedIndex(4);
        assertThat(fault()).hasMessageContaining("chain 7, which is not in flight");
        ring.raw.usedEntry(0, 6, 0);
        gives(ids[0], WRITABLE, true);
    }

    @Test
    @Clause("2.7.9")
    void aFaultAfterABatchLeavesTheBatchTaken() {
        ring.raw.usedEntry(0, 2, 3);
        ring.raw.usedEntry(2, 77, 0);
        ring.raw.usedIndex(3);
        gives(ids[0], WRITABLE, true);
        gives(ids[1], 3, false);
        assertThat(fault().evidence()).isEqualTo("used ring slot 2: id 77, length 0");
        assertThat(ring.driver.inFlight()).isOne();
        ring.raw.usedEntry(2, 4, 0);
        gives(ids[2], 0, false);
    }

    /** Whatever is written, what the driver hands on is the oldest chain in flight, or a fault. */
    @Test
    void randomBytesInTheDevicesAreaNeverBreakTheOrder() {
        long batches = 0;
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            RingPair victim =
                    new RingPair(
                            1 << random.nextInt(6),
                            FeatureSet.of(
                                    CommonFeature.IN_ORDER,
                                    CommonFeature.EVENT_IDX,
                                    CommonFeature.INDIRECT_DESC),
                            random.nextBoolean()
                                    ? IndirectUse.NEVER
                                    : IndirectUse.WHEN_SLOTS_ARE_SHORT,
                            RingPair.memory(64 << 10));
            int[] all = victim.reserve(victim.driver.size());
            Deque<Integer> idle = new ArrayDeque<>();
            for (int id : all) {
                idle.add(id);
            }
            Deque<Integer> inFlight = new ArrayDeque<>();
            for (int step = 0; step < 400; step++) {
                while (!idle.isEmpty() && random.nextInt(3) > 0) {
                    int id = idle.remove();
                    victim.send(id);
                    inFlight.add(id);
                }
                for (int i = random.nextInt(8); i > 0; i--) {
                    victim.raw.used.set(
                            ValueLayout.JAVA_BYTE,
                            random.nextLong(victim.raw.used.byteSize()),
                            (byte) random.nextInt(-1, 3));
                }
                if (random.nextBoolean()) { // what is likely to be believed
                    for (int slot = 0; slot < all.length; slot++) {
                        victim.raw.usedEntry(slot, random.nextInt(all.length), 0);
                    }
                    victim.raw.usedIndex(
                            victim.raw.availableIndex() - random.nextInt(inFlight.size() + 1));
                }
                try {
                    int used = victim.driver.poll();
                    if (used != DriverRing.NOTHING) {
                        assertThat(used)
                                .as("seed %d, step %d", seed, step)
                                .isEqualTo(inFlight.remove());
                        assertThat(victim.driver.usedLength()).isZero();
                        idle.add(used);
                        batches += victim.driver.usedLengthIsAssumed() ? 1 : 0;
                    }
                } catch (DeviceFaultException e) {
                    assertThat(e.clause()).startsWith("2.7.");
                }
                assertThat(victim.driver.inFlight()).isEqualTo(inFlight.size());
            }
            victim.driver.restart();
            for (int id : all) {
                victim.driver.release(id);
            }
            assertThat(victim.driver.room()).isEqualTo(victim.driver.size());
        }
        assertThat(batches).isGreaterThan(100);
    }

    private void gives(int id, long length, boolean assumed) {
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.usedLength()).isEqualTo(length);
        assertThat(ring.driver.usedLengthIsAssumed()).isEqualTo(assumed);
    }

    private DeviceFaultException fault() {
        DeviceFaultException fault =
                catchThrowableOfType(DeviceFaultException.class, ring.driver::poll);
        assertThat(fault).as("a fault of the device").isNotNull();
        assertThat(fault.getMessage()).contains(fault.clause()).contains(fault.evidence());
        return fault;
    }

    /** The three chains in flight can still come back as they should. */
    private void nothingWasLost() {
        assertThat(ring.driver.inFlight()).isEqualTo(3);
        ring.raw.usedEntry(0, 2, 9);
        ring.raw.usedEntry(2, 4, 64);
        ring.raw.usedIndex(3);
        gives(ids[0], WRITABLE, true);
        gives(ids[1], 9, false);
        gives(ids[2], 64, false);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        for (int id : ids) {
            ring.driver.release(id);
        }
        assertThat(ring.driver.inFlight()).isZero();
    }
}
