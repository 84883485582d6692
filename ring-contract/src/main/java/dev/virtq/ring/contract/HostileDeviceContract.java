package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.queue.ring.DriverRing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A device that writes into the ring whatever it likes. Three chains are reserved, with room for 64
 * bytes each, and take one slot each.
 *
 * @param <R> a ring with a look at its bytes
 */
@Timeout(60)
public abstract class HostileDeviceContract<R extends BothEnds> implements RingUnderTest {
    /** The victim. */
    protected final R ring;

    /** A chain that a test may send. */
    protected final int first;

    /** Another one. */
    protected final int second;

    /** One that stays at home. */
    protected final int prepared;

    /**
     * Reserves the chains.
     *
     * @param ring the victim; of more than three entries, with indirect tables wherever they save
     *     slots
     */
    protected HostileDeviceContract(R ring) {
        this.ring = ring;
        first = ring.driver.reserve(ring.chain(16, -64));
        second = ring.driver.reserve(ring.chain(16, -64));
        prepared = ring.driver.reserve(ring.chain(16, -64));
    }

    /**
     * Writes a used entry, as a device does: the driver finds it, right or wrong, and whether there
     * was one before.
     *
     * @param entry which one, counted from the first of the ring's life
     * @param id what it says
     * @param length what it says
     */
    protected abstract void writeUsed(int entry, int id, long length);

    /**
     * {@return how a fault shows the entry}
     *
     * @param entry which one
     * @param id what it says
     * @param length what it says
     */
    protected abstract String evidence(int entry, int id, long length);

    /**
     * The test of an id that no chain of this ring can have; which those are, a format says.
     *
     * @param id as it stands in the ring
     */
    protected void refusesTheId(int id) {
        sendBoth();
        writeUsed(0, id, 5);
        DeviceFaultException fault = fault();
        assertThat(fault.clause()).isEqualTo(clauseOnUsedIds());
        assertThat(fault.evidence()).isEqualTo(evidence(0, id, 5));
        assertThat(fault)
                .hasMessageContaining(
                        "queue 3: the device used chain %s, which does not exist (expected: 0..%d)"
                                .formatted(Integer.toUnsignedString(id), ring.driver.size() - 1));
        nothingWasLost();
    }

    @Test
    void anIdThatWasNeverSentIsAFault() {
        sendBoth();
        writeUsed(0, prepared, 0);
        assertThat(fault()).hasMessageContaining("chain " + prepared + ", which is not in flight");
        nothingWasLost();
    }

    @Test
    void anIdThatWasNeverReservedIsAFault() {
        sendBoth();
        int last = ring.driver.size() - 1;
        writeUsed(0, last, 0);
        assertThat(fault()).hasMessageContaining("chain " + last + ", which is not in flight");
        nothingWasLost();
    }

    @Test
    void anIdThatIsStagedAndNotPublishedIsAFault() {
        sendBoth();
        ring.driver.stage(prepared);
        writeUsed(0, prepared, 0);
        assertThat(fault()).hasMessageContaining("not in flight");
        ring.driver.unstage(prepared);
        nothingWasLost();
    }

    @Test
    void anIdThatComesTwiceIsAFaultTheSecondTime() {
        sendBoth();
        writeUsed(0, first, 1);
        writeUsed(1, first, 1);
        assertThat(ring.driver.poll()).isEqualTo(first);
        assertThat(fault().evidence()).isEqualTo(evidence(1, first, 1));
        writeUsed(1, second, 2);
        assertThat(ring.driver.poll()).isEqualTo(second);
    }

    @ParameterizedTest
    @ValueSource(longs = {65, 1000, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL})
    void aLengthBeyondTheWritableBytesIsAFault(long length) {
        sendBoth();
        writeUsed(0, first, length);
        DeviceFaultException fault = fault();
        assertThat(fault.clause()).isEqualTo(clauseOnUsedLength());
        assertThat(fault.evidence()).isEqualTo(evidence(0, first, length));
        assertThat(fault)
                .hasMessageContaining(
                        "queue 3: the device says that it wrote %d bytes into chain %d, which has room for 64"
                                .formatted(length, first));
        nothingWasLost();
    }

    @Test
    void anyLengthIsAFaultWhereNothingIsWritable() {
        int id = ring.driver.reserve(ring.chain(64));
        ring.send(id);
        writeUsed(0, id, 1);
        assertThat(fault()).hasMessageContaining("which has room for 0");
        writeUsed(0, id, 0);
        assertThat(ring.driver.poll()).isEqualTo(id);
    }

    @Test
    void aFaultIsFoundAgainUntilTheDeviceMendsIt() {
        sendBoth();
        writeUsed(0, 77, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(fault()).hasMessageContaining("chain 77");
            assertThat(ring.driver.inFlight()).isEqualTo(2);
        }
        writeUsed(0, second, 3);
        assertThat(ring.driver.poll()).isEqualTo(second);
        assertThat(ring.driver.usedLength()).isEqualTo(3);
    }

    @Test
    void anIndirectTableThatTheDeviceRewritesChangesNothingForTheDriver() {
        long before = ring.memory.available();
        int id = ring.driver.reserve(ring.chain(16, -16));
        WrittenDescriptor referring = sendAndRead(ring, id).getFirst();
        ring.memory.at(referring.address(), referring.length()).orElseThrow().fill((byte) 0xff);
        var descriptors = areas(ring.setup).getFirst();
        ring.memory.at(descriptors.address(), descriptors.length()).orElseThrow().fill((byte) 0xff);
        writeUsed(0, id, 16);
        assertThat(ring.driver.poll()).isEqualTo(id);
        ring.driver.release(id);
        assertThat(ring.memory.available()).isEqualTo(before);
    }

    @Test
    void aUsedEntryThatChangesAfterItWasTakenChangesNothing() {
        sendBoth();
        writeUsed(0, first, 7);
        assertThat(ring.driver.poll()).isEqualTo(first);
        writeUsed(0, second, 64);
        assertThat(ring.driver.usedLength()).isEqualTo(7);
        writeUsed(1, second, 9);
        assertThat(ring.driver.poll()).isEqualTo(second);
        assertThat(ring.driver.usedLength()).isEqualTo(9);
    }

    /** Sends the first chain and the second one. */
    protected final void sendBoth() {
        ring.send(first);
        ring.send(second);
    }

    /** {@return the fault that the driver finds now} */
    protected final DeviceFaultException fault() {
        assertThat(ring.driver.isAnyUsed()).as("something to look at").isTrue();
        DeviceFaultException fault =
                catchThrowableOfType(DeviceFaultException.class, ring.driver::poll);
        assertThat(fault).as("a fault of the device").isNotNull();
        assertThat(fault.getMessage()).contains(fault.clause()).contains(fault.evidence());
        return fault;
    }

    /**
     * Polls while somebody rewrites what is read.
     *
     * @param limit when to give up, as {@link System#nanoTime} counts
     * @return the first id that could be believed
     */
    protected final int pollUntilBelieved(long limit) {
        while (System.nanoTime() < limit) {
            try {
                int id = ring.driver.poll();
                if (id != DriverRing.NOTHING) {
                    return id;
                }
            } catch (DeviceFaultException e) {
                Thread.onSpinWait(); // the next look may find something that can be believed
            }
        }
        throw new AssertionError("the device never wrote an entry that can be believed");
    }

    /** Checks that both chains can still come back as they should, in the first two entries. */
    protected final void nothingWasLost() {
        nothingWasLost(0);
    }

    /**
     * Checks that both chains can still come back as they should, and all else is in order.
     *
     * @param entry the entry in which the first of them comes
     */
    protected final void nothingWasLost(int entry) {
        assertThat(ring.driver.inFlight()).isEqualTo(2);
        writeUsed(entry, second, 64);
        writeUsed(entry + 1, first, 0);
        assertThat(ring.driver.poll()).isEqualTo(second);
        assertThat(ring.driver.poll()).isEqualTo(first);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(ring.driver.inFlight()).isZero();
        for (int id : new int[] {first, second, prepared}) {
            ring.driver.release(id);
        }
        assertThat(ring.driver.room()).isEqualTo(ring.driver.size());
    }
}
