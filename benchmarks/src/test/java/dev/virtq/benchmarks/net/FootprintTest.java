package dev.virtq.benchmarks.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class FootprintTest {
    private static final int MIB = 1 << 20;
    private static final Footprint BEFORE = new Footprint(90 * MIB, 2 * MIB, 5 * MIB, 0, 50);

    @Test
    void whatMovesAboutAnywayIsFlat() {
        assertThat(BEFORE.isFlatAfter(BEFORE)).isTrue();
        assertThat(
                        new Footprint(104 * MIB, 4 * MIB, 5 * MIB + 9_000, 8_192, 50)
                                .isFlatAfter(BEFORE))
                .isTrue();
        assertThat(new Footprint(0, 0, 0, 0, 0).isFlatAfter(BEFORE)).isTrue();
    }

    @Test
    void whatGrowsIsFound() {
        assertThat(
                        List.of(
                                new Footprint(123 * MIB, 2 * MIB, 5 * MIB, 0, 50),
                                new Footprint(90 * MIB, 11 * MIB, 5 * MIB, 0, 50),
                                new Footprint(90 * MIB, 2 * MIB, 7 * MIB, 0, 50),
                                new Footprint(90 * MIB, 2 * MIB, 5 * MIB, 1 * MIB, 50),
                                new Footprint(90 * MIB, 2 * MIB, 5 * MIB, 0, 51)))
                .noneMatch(after -> after.isFlatAfter(BEFORE));
    }

    @Test
    @Timeout(30)
    void whatThisProcessHoldsIsSeen() throws Exception {
        Footprint before = settled();
        byte[] kept = new byte[2 * MIB];
        ByteBuffer direct = ByteBuffer.allocateDirect(MIB);
        try (Arena arena = Arena.ofConfined();
                var open = Files.newInputStream(Path.of("/proc/self/status"))) {
            MemorySegment resident = arena.allocate(64 * MIB).fill((byte) 1);
            Footprint after = Footprint.now();
            assertThat(after.heap() - before.heap()).isGreaterThan(kept.length / 2);
            assertThat(after.direct() - before.direct()).isGreaterThanOrEqualTo(direct.capacity());
            assertThat(after.resident() - before.resident()).isGreaterThan(resident.byteSize() / 2);
            assertThat(after.descriptors() - before.descriptors()).isEqualTo(1);
            assertThat(open).isNotNull();
        }
    }

    /** What other tests have left in this process goes away some time after they have ended. */
    private static Footprint settled() throws Exception {
        Footprint before = Footprint.now();
        while (true) {
            Thread.sleep(100);
            Footprint now = Footprint.now();
            if (now.direct() == before.direct() && now.descriptors() == before.descriptors()) {
                return now;
            }
            before = now;
        }
    }

    @Test
    void aMedianIsOneOfEachFigure() {
        Footprint median =
                Footprint.median(
                        List.of(
                                new Footprint(1, 9, 5, 3, 4),
                                new Footprint(2, 8, 6, 1, 4),
                                new Footprint(3, 7, 4, 2, 4)));
        assertThat(median).isEqualTo(new Footprint(2, 8, 5, 2, 4));
    }
}
