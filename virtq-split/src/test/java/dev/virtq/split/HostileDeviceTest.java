package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.HostileDeviceContract;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that writes into the ring whatever it likes. */
@Clause("2.7.8")
@Breach("2.7.8.2#2")
class HostileDeviceTest extends HostileDeviceContract<RingPair> implements SplitRing {
    HostileDeviceTest() {
        super(RingPair.of(8, CommonFeature.INDIRECT_DESC));
    }

    @Override
    protected void writeUsed(int entry, int id, long length) {
        ring.raw.usedEntry(entry, id, length);
        ring.raw.usedIndex(entry + 1);
    }

    @Override
    protected String evidence(int entry, int id, long length) {
        return "used ring slot %d: id %s, length %d"
                .formatted(entry, Integer.toUnsignedString(id), length);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 255, 65536, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void anIdThatDoesNotExistIsAFault(int id) {
        refusesTheId(id);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Clause("2.7.8")
    void anIdThatWasTakenBackIsAFaultThoughOthersTookItsPlace(boolean inOrder) {
        RingPair pair = inOrder ? RingPair.of(8, CommonFeature.IN_ORDER) : RingPair.of(8);
        int[] ids = pair.reserve(3);
        for (int id : ids) {
            pair.driver.stage(id);
        }
        pair.driver.unstage(ids[0]);
        assertThatThrownBy(() -> pair.driver.unstage(ids[0]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not staged");
        pair.driver.publish();
        pair.raw.use(inOrder ? 2 : ids[0], 0); // its head, or where the last one was before
        assertThat(catchThrowableOfType(DeviceFaultException.class, pair.driver::poll))
                .hasMessageContaining("not in flight");
        pair.raw.usedEntry(0, pair.raw.availableEntry(0), 0);
        assertThat(pair.driver.poll()).isEqualTo(ids[1]);
    }

    @Test
    @Clause("2.7.8")
    void anIdInTheMiddleOfAChainIsAFault() {
        RingPair direct = RingPair.of(8);
        int id = direct.driver.reserve(direct.chain(1, 1, -1));
        direct.send(id);
        direct.raw.use(direct.raw.descriptor(id).next(), 0);
        assertThat(catchThrowableOfType(DeviceFaultException.class, direct.driver::poll))
                .hasMessageContaining("not in flight");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 8, 100, 32767, 32768, 65535})
    @Clause("2.7.8")
    void aUsedIndexBeyondWhatIsInFlightIsAFault(int index) {
        sendBoth();
        ring.raw.usedIndex(index);
        DeviceFaultException fault = fault();
        assertThat(fault.clause()).isEqualTo("2.7.8");
        assertThat(fault.evidence()).isEqualTo("used idx " + index);
        assertThat(fault)
                .hasMessageContaining(
                        "moved from 0 to %d with 2 chains in flight".formatted(index));
        ring.raw.usedIndex(0);
        nothingWasLost();
    }

    @Test
    @Clause("2.7.8")
    void aUsedIndexThatGoesBackIsAFault() {
        ring.turn(first, 70000);
        sendBoth();
        ring.raw.usedIndex(ring.raw.usedIndex() - 1);
        assertThat(fault()).hasMessageContaining("moved from 4464 to 4463");
        ring.raw.usedIndex(ring.raw.usedIndex() + 1);
        nothingWasLost(70000);
    }

    @Test
    @Clause("2.7.8")
    void aUsedIndexThatGoesBackAfterItWasSeenTakesNothingBack() {
        sendBoth();
        ring.raw.use(first, 0);
        ring.raw.use(second, 0);
        assertThat(ring.driver.poll()).isEqualTo(first);
        ring.raw.usedIndex(0);
        assertThat(ring.driver.poll()).isEqualTo(second); // was seen, cannot be unseen
        assertThat(fault()).hasMessageContaining("moved from 2 to 0");
    }

    @Test
    @Clause("2.7.8")
    void whatIsStagedDoesNotCountAsInFlight() {
        ring.driver.stage(first);
        ring.raw.use(first, 0);
        assertThat(fault()).hasMessageContaining("0 chains in flight");
        ring.driver.publish();
        assertThat(ring.driver.poll()).isEqualTo(first);
    }

    @Test
    @Clause("2.7.5.1#2")
    void aDescriptorTableThatTheDeviceRewritesChangesNothingForTheDriver() {
        RingPair direct = RingPair.of(8);
        Chain chain = direct.chain(16, -32, -32);
        int id = direct.driver.reserve(chain);
        direct.send(id);
        direct.raw.descriptors.fill((byte) 0xff);
        direct.raw.use(id, 65);
        assertThat(catchThrowableOfType(DeviceFaultException.class, direct.driver::poll))
                .hasMessageContaining("room for 64");
        direct.raw.usedEntry(0, id, 64);
        assertThat(direct.driver.poll()).isEqualTo(id);
        direct.driver.release(id);
        assertThat(direct.driver.room()).isEqualTo(8);

        int[] all = direct.reserve(8); // and each descriptor is there once
        assertThat(all).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
        for (int each : all) {
            direct.send(each);
            direct.raw.use(each, 0);
            assertThat(direct.driver.poll()).isEqualTo(each);
        }
    }

    /**
     * A device that rewrites an entry while the driver reads it. Whatever it manages, what the
     * driver hands on has been checked: an id in flight, a length that fits that chain.
     */
    @Test
    void aUsedEntryThatChangesWhileItIsReadIsEitherRefusedOrChecked() throws Exception {
        int small = ring.driver.reserve(ring.chain(-1));
        int large = ring.driver.reserve(ring.chain(-64));
        Thread device =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            for (int turn = 0; !Thread.interrupted(); turn++) {
                                int[] ids = {small, large, -1};
                                long[] lengths = {1, 64, 0xffff_ffffL};
                                for (int slot = 0; slot < 8; slot++) {
                                    ring.raw.usedEntry(slot, ids[turn % 3], lengths[turn / 3 % 3]);
                                }
                                VarHandle.fullFence(); // or the compiler keeps the last turn only
                            }
                        });
        int taken = 0;
        long end = System.nanoTime() + 300_000_000;
        long limit = end + 10_000_000_000L;
        try {
            while (System.nanoTime() < end) {
                ring.send(small);
                ring.send(large);
                ring.raw.usedIndex(ring.raw.usedIndex() + 2);
                int last = DriverRing.NOTHING;
                for (int found = 0; found < 2; found++) {
                    int id = pollUntilBelieved(limit);
                    assertThat(id).isIn(small, large).isNotEqualTo(last);
                    assertThat(ring.driver.usedLength()).isBetween(0L, id == small ? 1L : 64L);
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
    void randomBytesInTheDevicesAreaNeverBreakTheDriver() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            RingPair victim =
                    new RingPair(
                            1 << random.nextInt(6),
                            random.nextBoolean()
                                    ? FeatureSet.of(
                                            CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC)
                                    : FeatureSet.EMPTY,
                            IndirectUse.WHEN_SLOTS_ARE_SHORT,
                            RingPair.memory(64 << 10));
            int[] ids = victim.reserve(victim.driver.size());
            boolean[] inFlight = new boolean[ids.length];
            for (int step = 0; step < 300; step++) {
                int id = ids[random.nextInt(ids.length)];
                if (!inFlight[id]) {
                    victim.send(id);
                    inFlight[id] = true;
                }
                for (int i = random.nextInt(8); i > 0; i--) {
                    victim.raw.used.set(
                            ValueLayout.JAVA_BYTE,
                            random.nextLong(victim.raw.used.byteSize()),
                            (byte) random.nextInt(-1, 3));
                }
                try {
                    victim.driver.deviceWantsNotification();
                    int used = victim.driver.poll();
                    if (used != DriverRing.NOTHING) {
                        assertThat(inFlight[used]).as("seed %d, step %d", seed, step).isTrue();
                        assertThat(victim.driver.usedLength()).isZero();
                        inFlight[used] = false;
                    }
                } catch (DeviceFaultException e) {
                    assertThat(e.clause()).startsWith("2.7.8");
                }
            }
            victim.driver.restart();
            for (int id : ids) {
                victim.driver.release(id);
            }
            assertThat(victim.driver.room()).isEqualTo(victim.driver.size());
        }
    }
}
