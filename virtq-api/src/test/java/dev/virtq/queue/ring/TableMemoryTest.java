package dev.virtq.queue.ring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a device end finds indirect tables. */
class TableMemoryTest {
    private static final int ONE_EXTENT = 64 << 10;

    /** From 0 to 64 KiB, and as much again from 1 MiB on. */
    private final DmaMemory memory =
            new DmaMemory(
                    new MemoryMapping(
                            Arena.ofAuto().allocate(2 * ONE_EXTENT, 4096),
                            List.of(new Extent(0, ONE_EXTENT), new Extent(1 << 20, ONE_EXTENT))));

    private final TableMemory tables = new TableMemory(memory);

    @ParameterizedTest
    @CsvSource({"0, 16", "65520, 16", "0, 65536", "1048576, 32", "1114096, 16"})
    void aTableInOneExtentIsFoundThere(long address, long bytes) {
        long start = tables.find(address, bytes);

        assertThat(tables.extent().asSlice(start, bytes).address())
                .isEqualTo(memory.at(address, bytes).orElseThrow().address());
    }

    @ParameterizedTest
    @CsvSource({"65521, 16", "65536, 16", "0, 65537", "1048575, 16", "1114097, 16", "-16, 32"})
    void aTableThatIsNotWhollyInAnExtentIsNowhere(long address, long bytes) {
        tables.find(0, 16); // the extents are known

        assertThat(tables.find(address, bytes)).isEqualTo(TableMemory.NOWHERE);
    }

    @Test
    void memoryThatIsRegisteredLaterIsFound() {
        assertThat(tables.find(5 << 20, 16)).isEqualTo(TableMemory.NOWHERE);

        memory.register(MemoryMapping.contiguous(Arena.ofAuto().allocate(16, 16), 5 << 20));

        assertThat(tables.find(5 << 20, 16)).isZero();
        assertThat(tables.extent().byteSize()).isEqualTo(16);
    }

    @Test
    void oneMissDoesNotMakeLaterTablesCostMemory() {
        assertThat(tables.find(5 << 20, 16)).isEqualTo(TableMemory.NOWHERE);
        assertThat(tables.find(16, 16)).isEqualTo(16);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
            tables.find(16L * i, 16);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isZero();
    }
}
