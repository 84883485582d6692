package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Somebody who watches the first descriptor of a list sees all the others when it becomes
 * available. It shows the order of the stores, as far as this processor keeps it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PublicationOrderTest {
    private static final int SIZE = 32768;
    private static final int ROUNDS = 200;
    private static final VarHandle FLAGS =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    @Test
    @Clause("2.8.17#6")
    void theFirstDescriptorOfAListIsMadeAvailableLast() throws InterruptedException {
        RingPair ring =
                new RingPair(SIZE, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(4 << 20));
        int[] sizes = new int[SIZE];
        Arrays.fill(sizes, 1);
        int id = ring.driver.reserve(ring.chain(sizes));
        AtomicLong early = new AtomicLong();
        Semaphore watching = new Semaphore(0);
        Semaphore watched = new Semaphore(0);
        Thread watcher =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            for (int round = 0; round < ROUNDS; round++) {
                                int available = round % 2 == 0 ? RawRing.AVAIL : RawRing.USED;
                                watching.release();
                                while (ownership(ring, 0) != available) {
                                    Thread.onSpinWait();
                                }
                                for (int slot = SIZE - 1; slot > 0; slot--) {
                                    if (ownership(ring, slot) != available) {
                                        early.incrementAndGet();
                                    }
                                }
                                watched.release();
                            }
                        });
        for (int round = 0; round < ROUNDS; round++) {
            watching.acquire();
            ring.send(id);
            watched.acquire();
            ring.serve(0);
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
        watcher.join();
        assertThat(early).hasValue(0);
    }

    private static int ownership(RingPair ring, int slot) {
        MemorySegment descriptors = ring.raw.descriptors;
        int flags = (short) FLAGS.getAcquire(descriptors, 16L * slot + 14) & 0xffff;
        return flags & (RawRing.AVAIL | RawRing.USED);
    }
}
