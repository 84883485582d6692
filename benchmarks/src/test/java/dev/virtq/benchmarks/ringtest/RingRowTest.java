package dev.virtq.benchmarks.ringtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RingRowTest {
    @Test
    void packedIsComparedWithSplitAndInOrderWithAnyOrder() {
        RingRow row = new RingRow(false, true, true, true, 32);
        assertThat(row.name()).isEqualTo("one thread packed in_order batch 32");
        List<RingRow> peers = row.peers(true);
        assertThat(peers)
                .extracting(RingRow::name)
                .containsExactly(
                        "one thread split in_order batch 32", "one thread packed batch 32");
        assertThat(peers).extracting(row::differenceTo).containsExactly("split", "any order");
    }

    @Test
    void twoThreadsAreComparedWithTheKernelsToo() {
        RingRow row = new RingRow(false, false, false, false, 1);
        assertThat(row.peers(false)).isEmpty();
        assertThat(row.peers(true))
                .extracting(RingRow::name)
                .containsExactly("two threads C split batch 1");
        assertThat(row.differenceTo(row.peers(true).getFirst())).isEqualTo("C");
    }

    @Test
    void eachIsThereOnceAndNoneOfItsPeersIsMissing() {
        List<RingRow> all = RingRow.all();
        assertThat(all).hasSize(16).doesNotHaveDuplicates();
        assertThat(all).allSatisfy(row -> assertThat(all).containsAll(row.peers(false)));
    }
}
