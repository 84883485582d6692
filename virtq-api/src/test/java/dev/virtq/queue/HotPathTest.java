package dev.virtq.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.FakeInterrupt;
import dev.virtq.queue.ring.LoopRing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Recycling a transfer allocates nothing. */
class HotPathTest {
    private static final int ROUNDS = 200_000;

    private final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 16, 4096), 0x10_0000));
    private final Virtqueue queue =
            new QueueControl(
                            0,
                            new LoopRing(16),
                            new QueueConnection(next -> {}, new FakeInterrupt()),
                            DeviceHealth.ALWAYS_WELL,
                            QueueOptions.DEFAULT)
                    .queue();

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    /** Bytes per round, the cheapest of some tries: the first ones warm up. */
    private static double bytesPerRound(Runnable round) {
        double best = Double.MAX_VALUE;
        for (int attempt = 0; attempt < 5; attempt++) {
            long before = allocated();
            for (int i = 0; i < ROUNDS; i++) {
                round.run();
            }
            best = Math.min(best, (allocated() - before) / (double) ROUNDS);
        }
        return best;
    }

    private TransferToken token() {
        return queue.prepare(
                BufferList.send(memory.allocate(64), memory.allocate(64))
                        .receive(memory.allocate(64)));
    }

    @Test
    void submittingFlushingAndPollingAllocateNothing() {
        TransferToken token = token();
        assertThat(
                        bytesPerRound(() -> {
                            token.submit();
                            queue.flush();
                            if (queue.poll() != token || queue.poll() != null) {
                                throw new AssertionError("not my token");
                            }
                        }))
                .isLessThan(0.5);
    }

    @Test
    void accessorsTrustedViewsAndLimitsAllocateNothing() {
        TransferToken token = token();
        MemorySegment trusted = token.receiving(0).trusted();
        int[] sum = new int[1];
        assertThat(
                        bytesPerRound(() -> {
                            token.sending(0).setInt(0, sum[0]);
                            token.limitSending(1, 1 + (sum[0] & 31));
                            token.submit();
                            queue.flush();
                            if (queue.poll() != token) {
                                throw new AssertionError("not my token");
                            }
                            sum[0] +=
                                    1
                                            + (int) token.receivedLength(0)
                                            + trusted.get(ValueLayout.JAVA_BYTE, 0);
                        }))
                .isLessThan(0.5);
        assertThat(sum[0]).isNotZero();
    }
}
