package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.split.RawRing.Descriptor;
import dev.virtq.testing.Clause;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What has been made available stays as it is for as long as the device has it (section 3.3). */
class LiveQueueTest {
    private static final int SIZE = 16;

    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause("3.3.1#1")
    void theEntriesOfExposedBuffersAreLeftAloneWhateverGoesOnAroundThem(IndirectUse use) {
        RingPair ring = RingPair.indirect(SIZE, use);
        int early = ring.driver.reserve(ring.chain(1, -1)); // so that there are gaps between them
        int[] exposed = new int[3];
        for (int i = 0; i < exposed.length; i++) {
            exposed[i] = ring.driver.reserve(ring.chain(16, 8, -32));
        }
        ring.driver.release(early);
        for (int id : exposed) {
            ring.send(id);
            assertThat(ring.device.take()).isTrue(); // and is not done with it
        }
        List<Object> before = entries(ring, exposed);

        Traffic traffic = new Traffic(ring, new Random(33));
        for (int step = 0; step < 20_000; step++) {
            traffic.step();
            if (step % 100 == 0) {
                assertThat(entries(ring, exposed)).isEqualTo(before);
            }
        }
        assertThat(traffic.roundTrips).isGreaterThan(1000);
        assertThat(entries(ring, exposed)).isEqualTo(before);
    }

    /** The descriptors of the chains, and the bytes of their tables. */
    private static List<Object> entries(RingPair ring, int... heads) {
        List<Object> entries = new ArrayList<>();
        for (int head : heads) {
            Descriptor descriptor = ring.raw.descriptor(head);
            entries.add(descriptor);
            while ((descriptor.flags() & Descriptor.NEXT) != 0) {
                descriptor = ring.raw.descriptor(descriptor.next());
                entries.add(descriptor);
            }
            if ((descriptor.flags() & Descriptor.INDIRECT) != 0) {
                byte[] table =
                        ring.memory
                                .at(descriptor.address(), descriptor.length())
                                .orElseThrow()
                                .toArray(ValueLayout.JAVA_BYTE);
                entries.add(HexFormat.of().formatHex(table));
            }
        }
        return entries;
    }

    /** Chains that come and go in the rest of the ring. */
    private static final class Traffic {
        private final RingPair ring;
        private final Random random;
        private final Deque<Integer> idle = new ArrayDeque<>();
        private final Deque<Integer> staged = new ArrayDeque<>();
        private int roundTrips;

        Traffic(RingPair ring, Random random) {
            this.ring = ring;
            this.random = random;
        }

        void step() {
            switch (random.nextInt(7)) {
                case 0 -> {
                    if (ring.driver.room() >= 2) {
                        idle.add(ring.driver.reserve(ring.chain(1 + random.nextInt(64), -8)));
                    }
                }
                case 1 -> {
                    if (!idle.isEmpty()) {
                        ring.driver.release(idle.remove());
                    }
                }
                case 2, 3 -> {
                    if (!idle.isEmpty()) {
                        int id = idle.remove();
                        ring.driver.rewrite(id);
                        ring.driver.stage(id);
                        staged.add(id);
                    }
                }
                case 4 -> {
                    if (!staged.isEmpty()) {
                        int id = staged.removeLast();
                        ring.driver.unstage(id);
                        idle.add(id);
                    }
                }
                case 5 -> {
                    ring.driver.publish();
                    staged.clear();
                }
                default -> {
                    if (ring.device.take()) {
                        ring.device.use(ring.device.chain().id(), 0);
                        ring.device.publish();
                    }
                    int id = ring.driver.poll();
                    if (id != DriverRing.NOTHING) {
                        idle.add(id);
                        roundTrips++;
                    }
                }
            }
        }
    }
}
