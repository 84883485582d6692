package dev.virtq.packed;

import static dev.virtq.packed.RawRing.INDIRECT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.queue.QueueSnapshot;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A picture of a driver that puts tables into lists, against 2.8.19#4. */
class SnapshotOfTablesInListsTest {
    private static final int SIZE = 4;

    private final RingPair ring = RingPair.of(SIZE, CommonFeature.INDIRECT_DESC);

    @Test
    void aListIsNotLongerThanTheQueueWhateverTablesItPointsTo() {
        long table = ring.address(16L * SIZE);
        MemorySegment entries = ring.memory.at(table, 16L * SIZE).orElseThrow();
        for (int i = 0; i < SIZE; i++) {
            RawRing.put(entries, i, new RawRing.Descriptor(table, 16, 0, 0));
        }
        int next = PackedLayout.AVAIL | INDIRECT | PackedLayout.NEXT;
        ring.raw.put(0, table, 16L * SIZE, 0, next);
        ring.raw.put(1, table, 16L * SIZE, 0, next);
        ring.raw.put(2, table, 16, 0, PackedLayout.AVAIL);
        QueueSnapshot picture = ring.format.snapshot(1, ring.setup, ring.accepted, ring.memory);
        assertThat(picture.chains())
                .singleElement()
                .satisfies(chain -> {
                    assertThat(chain.elements()).hasSize(1);
                    assertThat(chain.indirect()).isFalse();
                });
        assertThat(picture.anomalies())
                .containsExactly(
                        "chain 0: descriptor 0 has INDIRECT in a list (2.8.19#4)",
                        "chain 0: descriptor 1 has INDIRECT in a list (2.8.19#4)");
    }
}
