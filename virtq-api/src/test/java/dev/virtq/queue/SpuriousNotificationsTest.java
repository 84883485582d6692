package dev.virtq.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.FakeRing;
import dev.virtq.testing.Clause;
import java.lang.foreign.Arena;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device that notifies although it has used nothing. */
@Timeout(30)
class SpuriousNotificationsTest {
    private static final int FOR_NOTHING = 100;

    private final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 16, 4096), 0x10_0000));
    private final FakeRing ring = new FakeRing(8, memory);
    private int notifications;
    private final Virtqueue queue =
            new QueueControl(
                            0,
                            ring,
                            new QueueConnection(next -> {}, new EagerInterrupt()),
                            new FakeHealth(),
                            QueueOptions.DEFAULT.withSpin(Duration.ZERO))
                    .queue();

    @Test
    @Clause("2.7.7.1#5")
    void whoWaitsForATransferWaitsOn() throws InterruptedException {
        Transfer transfer = token().send();
        assertThat(transfer.await(QueueRig.SOON).receivedLength()).isEqualTo(7);
        assertThat(notifications).isEqualTo(FOR_NOTHING + 1);
    }

    @Test
    @Clause("2.7.7.1#5")
    void whoWaitsForAnyTransferWaitsOn() throws InterruptedException {
        TransferToken token = token();
        token.submit();
        queue.flush();
        assertThat(queue.poll(QueueRig.SOON)).isSameAs(token);
        assertThat(notifications).isEqualTo(FOR_NOTHING + 1);
        assertThat(queue.poll()).isNull();
    }

    private TransferToken token() {
        return queue.prepare(BufferList.receiveOnly(memory.allocate(64)));
    }

    /** Wakes whoever waits at once, a hundred times for nothing. */
    private final class EagerInterrupt implements Interrupt {
        @Override
        public boolean poll() {
            return false;
        }

        @Override
        public boolean await(long nanos) {
            if (notifications++ == FOR_NOTHING) {
                ring.complete(7);
            }
            return true;
        }
    }
}
