package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.DriverRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** How chains go to the device and come back. */
public abstract class SendingContract implements RingUnderTest {
    /** For the tests of a format. */
    protected SendingContract() {}

    @Test
    void takingBackFromTheMiddleLeavesTheOthersInOrder() {
        BothEnds ring = ring(7).startingAt(6);
        int[] ids = ring.reserve(5);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        ring.driver.unstage(ids[2]);
        ring.driver.unstage(ids[0]);
        ring.driver.unstage(ids[4]);
        assertThat(ring.driver.publish()).isEqualTo(2);
        assertThat(ring.serve(0)).isEqualTo(ids[1]);
        assertThat(ring.serve(0)).isEqualTo(ids[3]);
        assertThat(ring.device.take()).isFalse();
        assertThat(ring.driver.poll()).isEqualTo(ids[1]);
        assertThat(ring.driver.poll()).isEqualTo(ids[3]);
        for (int id : ids) {
            ring.turn(id, 1); // each of them can be sent again
        }
    }

    /** What could never be sent is not promised. */
    @Test
    protected void aFullQueueSaysHowFullItIsAndRoomComesBack() {
        BothEnds ring = ring(5);
        int size = ring.driver.size();
        int[] ids = ring.reserve(size - 1);
        assertThat(ring.driver.room()).isOne();
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, -1)))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("needs 2 descriptors, 1 of %d are free".formatted(size));
        ring.driver.release(ids[1]);
        assertThat(ring.driver.room()).isEqualTo(2);
        ring.driver.reserve(ring.chain(1, -1));
        assertThat(ring.driver.room()).isZero();
        assertThatThrownBy(() -> ring.driver.reserve(ring.small()))
                .isInstanceOf(QueueFullException.class);
    }

    /** Whatever the order in which they were sent, and however long they are. */
    @Test
    protected void chainsComeBackInTheOrderInWhichTheDeviceUsedThem() {
        BothEnds ring = ring(7).startingAt(4);
        int[] ids = {
            ring.driver.reserve(ring.chain(1, -1)),
            ring.driver.reserve(ring.chain(1)),
            ring.driver.reserve(ring.chain(1, 1, -1)),
            ring.driver.reserve(ring.chain(-1))
        };
        for (int round = 0; round < 10; round++) {
            for (int id : ids) {
                ring.driver.stage(id);
            }
            ring.driver.publish();
            while (ring.device.take()) {
                // takes them all before it uses any
            }
            int[] order = {ids[3], ids[1], ids[2], ids[0]};
            for (int id : order) {
                ring.device.use(id, 0);
            }
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING); // not published
            ring.device.publish();
            for (int id : order) {
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
        }
    }

    /** The device may write more than it says, and it does not count. */
    @Test
    protected void theUsedLengthIsTheDevicesAndTheRestOfTheBufferIsNobodysBusiness() {
        BothEnds ring = ring(4);
        int id = ring.driver.reserve(ring.chain(16, -64));
        for (long length : new long[] {0, 1, 63, 64}) {
            ring.send(id);
            assertThat(ring.device.take()).isTrue();
            byte[] all = new byte[64]; // more than it says
            assertThat(ring.device.chain().write(0, MemorySegment.ofArray(all))).isEqualTo(64);
            ring.device.use(id, length);
            ring.device.publish();
            assertThat(ring.driver.poll()).isEqualTo(id);
            assertThat(ring.driver.usedLength()).isEqualTo(length);
            assertThat(ring.driver.usedLengthIsAssumed()).isFalse();
        }
    }

    /** A device end keeps to what it was given. */
    @Test
    protected void theDeviceEndWritesWritableBytesOnlyAndReadsReadableOnes() {
        BothEnds ring = ring(4);
        ring.send(ring.driver.reserve(ring.chain(16, -16, -8)));
        assertThat(ring.device.take()).isTrue();
        MemorySegment readable = ring.device.chain().segment(0);
        readable.fill((byte) 7);
        byte[] much = new byte[100];
        Arrays.fill(much, (byte) 9);
        assertThat(ring.device.chain().write(0, MemorySegment.ofArray(much))).isEqualTo(24);
        assertThat(readable.toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
        assertThat(ring.device.chain().read(0, MemorySegment.ofArray(much))).isEqualTo(16);
        assertThat(Arrays.copyOf(much, 16)).containsOnly(7);
        assertThat(much[16]).isEqualTo((byte) 9);
    }
}
