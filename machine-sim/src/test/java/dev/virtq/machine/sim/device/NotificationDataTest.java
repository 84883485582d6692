package dev.virtq.machine.sim.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** What a device makes of a notification (sections 2.9 and 4.1.5.2). */
class NotificationDataTest {
    private static final FeatureSet WIDE = FeatureSet.of(CommonFeature.NOTIFICATION_DATA);
    private static final FeatureSet NAMED = FeatureSet.of(CommonFeature.NOTIF_CONFIG_DATA);
    private static final FeatureSet PACKED = WIDE.with(CommonFeature.RING_PACKED);

    private final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 16, 4096), 0x10_0000));
    private final DmaBuffer ring = memory.allocateContiguous(4096, 4096);
    private final long address = ring.extents().getFirst().address();

    private NotificationData data(int queue, int size, FeatureSet accepted) {
        return new NotificationData(
                NotificationData.name(queue, accepted),
                new QueueSetup(size, address, address + 2048, address + 3072, 0),
                accepted,
                memory);
    }

    private static void assertFault(NotificationData data, int sent, String message) {
        assertThatThrownBy(() -> data.check(sent))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining(message);
    }

    @Test
    void withoutAFeatureItIsTheIndexAlone() {
        NotificationData data = data(3, 16, FeatureSet.EMPTY);
        assertThat(data.encode(77)).isEqualTo(3);
        data.check(3);
        assertFault(data, 3 | 1 << 16, "NOTIFICATION_DATA was not accepted");
        assertThat(NotificationData.queue(3, FeatureSet.EMPTY, 4)).isEqualTo(3);
        assertThatThrownBy(() -> NotificationData.queue(4, FeatureSet.EMPTY, 4))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("names 0x4, which is none of 4 queues");
    }

    @Test
    void theDeviceMayNameItsQueues() {
        int name = data(1, 16, NAMED).encode(77);
        assertThat(name).isNotEqualTo(1).isBetween(0, 0xffff);
        assertThat(NotificationData.queue(name, NAMED, 2)).isEqualTo(1);
        assertThatThrownBy(() -> NotificationData.queue(1, NAMED, 2))
                .as("the index is none of its names")
                .isInstanceOf(DriverFaultException.class);
    }

    @Test
    void ofASplitRingItTellsTheAvailableIndex() {
        NotificationData data = data(1, 16, WIDE);
        for (int index : new int[] {0, 5, 0x7fff, 0x8000, 0xffff}) {
            ring.setShort(2048 + 2, (short) index);
            assertThat(data.encode(index)).isEqualTo(index << 16 | 1);
            data.check(data.encode(index));
            data.check(data.encode((index - 16) & 0xffff)); // late, by as much as fits
            assertFault(
                    data,
                    data.encode((index + 1) & 0xffff),
                    "says that the available index is %d, and it is %d"
                            .formatted((index + 1) & 0xffff, index));
            assertFault(data, data.encode((index - 17) & 0xffff), "says that");
            assertFault(data, data.encode(index ^ 0x8000), "says that");
        }
    }

    @Test
    void ofAPackedRingItTellsTheNextDescriptorAndItsWrapCounter() {
        NotificationData data = data(0, 12, PACKED);
        int wrap = 1 << 15;
        data.check(data.encode(wrap)); // a fresh ring: the counter starts at 1
        flags(0, 1 << 7); // available in the first round
        assertFault(data, data.encode(wrap), "descriptor 0 comes next, and it is available");
        data.check(data.encode(wrap | 1));
        flags(0, 1 << 7 | 1 << 15); // used in the first round
        assertThatCode(() -> data.check(data.encode(0))).doesNotThrowAnyException();
        flags(0, 1 << 15); // available in the second round
        assertFault(data, data.encode(0), "and it is available");
        assertFault(data, data.encode(12), "names descriptor 12 (expected: 0..11)");
        assertFault(data, data.encode(wrap | 0x7fff), "names descriptor 32767");
    }

    private void flags(int descriptor, int value) {
        ring.setShort(16L * descriptor + 14, (short) value);
    }
}
