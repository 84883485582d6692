package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.testing.Clause;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which queues a device has, how large they are, and whose memory they take. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QueueSetupTest {
    private final FakeTransport transport = new FakeTransport();

    @Test
    void aQueueThatDoesNotExistIsRefused() {
        VirtioDevice device = transport.negotiated();
        for (int index : new int[] {-1, 2}) {
            assertThatThrownBy(() -> device.queue(index))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "queue %d does not exist: the device has 2 (expected: 0..1)"
                                    .formatted(index));
        }
        transport.maxSize = queue -> 0;
        assertThatThrownBy(() -> device.queue(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue 1 does not exist");
        assertThat(transport.rings).isEmpty();
    }

    @Test
    @Clause("3.1.1#10")
    void aQueueIsAsLargeAsIsAskedForAndTheDeviceAllows() {
        transport.maxSize = queue -> queue == 0 ? 16 : 1024;
        VirtioDevice device = transport.negotiated();
        assertThat(device.queue(0).size()).isEqualTo(16);
        assertThat(device.queue(1).size()).isEqualTo(QueueOptions.DEFAULT_SIZE);
        assertThat(device.queue(0)).isSameAs(device.queue(0));
        assertThat(device.queues()).hasSize(2);
        VirtioDevice other = transport.negotiated();
        assertThat(other.queue(1, QueueOptions.DEFAULT.withSize(32)).size()).isEqualTo(32);
        assertThat(other.queue(0, QueueOptions.DEFAULT.withSize(32)).size()).isEqualTo(16);
    }

    @Test
    void aSizeThatTheFormatDoesNotAllowIsRefused() {
        VirtioDevice device = transport.negotiated();
        assertThatThrownBy(() -> device.queue(0, QueueOptions.DEFAULT.withSize(12)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "queue size 12 is not one that the fake ring allows (expected: a power of"
                                + " two, at most 16)");
        for (int size : new int[] {24, 65536, -16}) {
            transport.maxSize = queue -> size;
            assertThatThrownBy(() -> device.queue(0)).isInstanceOf(DeviceFaultException.class);
        }
        assertThatThrownBy(() -> QueueOptions.DEFAULT.withSize(32769))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queue size 32769 (expected: 1..32768)");
    }

    @Test
    @Clause("6.1#4")
    void aBufferOfAnotherMemoryIsRefused() {
        VirtioDevice device = transport.running();
        DmaBuffer foreign =
                new DmaMemory(
                                MemoryMapping.contiguous(
                                        Arena.ofAuto().allocate(4096, 4096), 0x10_0000))
                        .allocate(64);
        assertThatThrownBy(() -> device.queue(0).prepare(BufferList.send(foreign)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not in the memory that the device of queue 0 reaches");
        foreign.setInt(0, 1);
    }
}
