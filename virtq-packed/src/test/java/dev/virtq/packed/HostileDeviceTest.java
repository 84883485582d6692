package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.INDIRECT;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.HostileDeviceContract;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that writes into the ring whatever it likes. */
@Clause({"2.8.13", "2.8.4"})
class HostileDeviceTest extends HostileDeviceContract<RingPair> implements PackedRing {
    /** As a device marks what it uses in the first round. */
    private static final int DONE = AVAIL | USED;

    HostileDeviceTest() {
        super(RingPair.of(7, CommonFeature.INDIRECT_DESC));
    }

    @Override
    protected void writeUsed(int entry, int id, long length) {
        ring.raw.use(entry, id, length, length > 0 ? DONE | WRITE : DONE);
    }

    @Override
    protected String evidence(int entry, int id, long length) {
        return "descriptor slot %d: id %d, length %d, flags 0x%x"
                .formatted(entry, id, length, length > 0 ? DONE | WRITE : DONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 8, 255, 32767, 32768, 65535})
    void anIdThatDoesNotExistIsAFault(int id) {
        refusesTheId(id);
    }

    @Test
    @Clause("2.8.13")
    void aUsedDescriptorBeforeAnyAvailableOneIsAFault() {
        ring.raw.use(0, first, 0, DONE);
        assertThat(fault()).hasMessageContaining("not in flight");
        ring.driver.stage(first);
        assertThat(fault()).hasMessageContaining("not in flight");
        ring.driver.publish(); // which writes over it
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        ring.raw.use(0, first, 0, DONE);
        assertThat(ring.driver.poll()).isEqualTo(first);
    }

    /** QEMU never sets the flag, and tells the length all the same. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "64, 64", "65, 0", "4294967295, 0"})
    void aLengthWithoutTheWriteFlagCountsOnlyWhereItCanBeOne(long told, long counts) {
        sendBoth();
        ring.raw.use(0, first, told, DONE);
        assertThat(ring.driver.poll()).isEqualTo(first);
        assertThat(ring.driver.usedLength()).isEqualTo(counts);
        ring.raw.use(1, second, 64, DONE | WRITE);
        assertThat(ring.driver.poll()).isEqualTo(second);
        assertThat(ring.driver.usedLength()).isEqualTo(64);
    }

    @Test
    void whereNothingIsWritableALengthWithoutTheWriteFlagIsNoise() {
        int id = ring.driver.reserve(ring.chain(64));
        ring.send(id);
        ring.raw.use(0, id, 64, DONE);
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.usedLength()).isZero();
        ring.send(id);
        ring.raw.use(1, id, 0, DONE | WRITE); // and nothing with the flag is nothing
        assertThat(ring.driver.poll()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(ints = {NEXT, INDIRECT, NEXT | INDIRECT, 0x7f78})
    @Clause("2.8.6")
    void flagsThatMeanNothingInAUsedDescriptorAreIgnored(int flags) {
        sendBoth();
        ring.raw.use(0, first, 3, DONE | WRITE | flags);
        assertThat(ring.driver.poll()).isEqualTo(first);
        assertThat(ring.driver.usedLength()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, AVAIL, USED})
    @Clause("2.8.1")
    void aDescriptorWithAWrongWrapCounterIsNotUsed(int flags) {
        sendBoth();
        ring.raw.use(0, first, 0, flags);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(ring.driver.enableNotifications()).isFalse();
        nothingWasLost();
    }

    @Test
    @Clause("2.8.1")
    void inEveryOtherRoundTheFlagsMeanTheOpposite() {
        ring.startingAt(7);
        sendBoth();
        for (int flags : new int[] {DONE, AVAIL, USED}) {
            ring.raw.use(0, first, 0, flags);
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
            assertThat(ring.driver.enableNotifications()).isFalse();
        }
        ring.raw.use(0, first, 0, 0);
        assertThat(ring.driver.enableNotifications()).isTrue();
        assertThat(ring.driver.poll()).isEqualTo(first);
    }

    @Test
    @Clause("2.8.2")
    void aUsedDescriptorInALaterSlotIsNotLookedAt() {
        sendBoth();
        ring.raw.use(1, second, 0, DONE);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        ring.raw.use(0, first, 0, DONE);
        assertThat(ring.driver.poll()).isEqualTo(first);
        assertThat(ring.driver.poll()).isEqualTo(second);
    }

    @Test
    @Clause({"2.8.15#3", "2.8.2"})
    void aRingThatTheDeviceRewritesChangesNothingForTheDriver() {
        RingPair direct = RingPair.of(7);
        int id = direct.driver.reserve(direct.chain(16, -32, -32));
        int other = direct.driver.reserve(direct.small());
        direct.send(id);
        direct.send(other);
        direct.raw.descriptors.fill((byte) 0x55);
        direct.raw.use(0, id, 65, DONE | WRITE);
        assertThat(catchThrowableOfType(DeviceFaultException.class, direct.driver::poll))
                .hasMessageContaining("room for 64");
        direct.raw.use(0, id, 64, DONE | WRITE);
        assertThat(direct.driver.poll()).isEqualTo(id);
        direct.raw.use(3, other, 0, DONE); // three slots on, whatever the ring says
        assertThat(direct.driver.poll()).isEqualTo(other);
        direct.driver.release(id);
        direct.driver.release(other);
        assertThat(direct.driver.room()).isEqualTo(7);

        int[] all = direct.reserve(7); // and each id is there once
        assertThat(all).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
        for (int i = 0; i < 7; i++) {
            direct.send(all[i]);
            direct.raw.use((4 + i) % 7, all[i], 0, i < 3 ? DONE : 0);
            assertThat(direct.driver.poll()).isEqualTo(all[i]);
        }
    }

    /**
     * A device that rewrites descriptors while the driver reads them, in one store each. Since the
     * driver reads the whole word at once, id and length always belong together.
     */
    @Test
    @Clause("2.8.4")
    void aUsedDescriptorThatChangesWhileItIsReadIsReadInOnePiece() throws Exception {
        int small = ring.driver.reserve(ring.chain(-1));
        int large = ring.driver.reserve(ring.chain(-64));
        long[] words = {
            Rest.of(1, small, DONE | WRITE), Rest.of(64, large, DONE | WRITE), Rest.of(0, small, 0),
            Rest.of(64, large, WRITE), Rest.of(1, small, WRITE), Rest.of(65, 9, DONE | WRITE)
        };
        Thread device =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            for (int turn = 0; !Thread.interrupted(); turn++) {
                                for (int slot = 0; slot < 7; slot++) {
                                    ring.raw.descriptors.set(
                                            ValueLayout.JAVA_LONG, 16L * slot + 8, words[turn % 6]);
                                }
                                VarHandle.fullFence(); // or the compiler keeps the last turn only
                            }
                        });
        int taken = 0;
        long end = System.nanoTime() + 200_000_000;
        long limit = end + 10_000_000_000L;
        try {
            while (System.nanoTime() < end) {
                ring.send(small);
                ring.send(large);
                int last = DriverRing.NOTHING;
                for (int found = 0; found < 2; found++) {
                    int id = pollUntilBelieved(limit);
                    assertThat(id).isIn(small, large).isNotEqualTo(last);
                    assertThat(ring.driver.usedLength())
                            .as("length of chain %d", id)
                            .isIn(0L, id == small ? 1L : 64L);
                    last = id;
                }
                taken += 2;
            }
        } finally {
            device.interrupt();
            device.join();
        }
        assertThat(taken).isPositive();
    }

    /** Whatever is written, the driver's answer is an id that is in flight, nothing, or a fault. */
    @Test
    void randomBytesInTheRingNeverBreakTheDriver() {
        int taken = 0;
        int faults = 0;
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            FeatureSet features = FeatureSet.EMPTY;
            features = random.nextBoolean() ? features.with(CommonFeature.EVENT_IDX) : features;
            features = random.nextBoolean() ? features.with(CommonFeature.INDIRECT_DESC) : features;
            features = random.nextBoolean() ? features.with(CommonFeature.IN_ORDER) : features;
            int size = random.nextInt(1, 33);
            RingPair victim =
                    new RingPair(
                            size,
                            features,
                            IndirectUse.WHEN_SLOTS_ARE_SHORT,
                            RingPair.memory(64 << 10));
            int[] ids = victim.reserve(size);
            boolean[] inFlight = new boolean[size];
            for (int step = 0; step < 300; step++) {
                int id = ids[random.nextInt(size)];
                if (!inFlight[id]) {
                    victim.send(id);
                    inFlight[id] = true;
                }
                victim.raw.use(
                        random.nextInt(size),
                        random.nextInt(size + 1),
                        random.nextInt(3),
                        (random.nextInt(2) * AVAIL)
                                | (random.nextInt(2) * USED)
                                | random.nextInt(8));
                MemorySegment area =
                        random.nextBoolean() ? victim.raw.descriptors : victim.raw.deviceEvent;
                area.set(
                        ValueLayout.JAVA_BYTE,
                        random.nextLong(area.byteSize()),
                        (byte) random.nextInt());
                try {
                    victim.driver.deviceWantsNotification();
                    victim.driver.enableNotifications();
                    int used = victim.driver.poll();
                    if (used != DriverRing.NOTHING) {
                        assertThat(inFlight[used]).as("seed %d, step %d", seed, step).isTrue();
                        assertThat(victim.driver.usedLength()).isZero();
                        inFlight[used] = false;
                        taken++;
                    }
                } catch (DeviceFaultException e) {
                    assertThat(e.clause()).isIn("2.8.4", "2.8.13");
                    faults++;
                }
            }
            victim.driver.restart();
            for (int id : ids) {
                victim.driver.release(id);
            }
            assertThat(victim.driver.room()).isEqualTo(size);
        }
        System.out.printf("hostile device: seeds 1..300, %d taken, %d faults%n", taken, faults);
        assertThat(taken).isGreaterThan(1000);
        assertThat(faults).isGreaterThan(1000);
    }
}
