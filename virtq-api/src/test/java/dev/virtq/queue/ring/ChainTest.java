package dev.virtq.queue.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Elements on both ends: what a driver asks for, and what a device takes. */
class ChainTest {
    private static final long GIB = 1L << 30;

    private static Chain chain(int readable, Extent... buffers) {
        return new Chain(List.of(buffers).stream().map(List::of).toList(), readable);
    }

    private static List<String> elements(Chain chain) {
        return java.util.stream.IntStream.range(0, chain.count())
                .mapToObj(i ->
                        "%s 0x%x+%d"
                                .formatted(
                                        i < chain.readableCount() ? "r" : "w",
                                        chain.address(i),
                                        Integer.toUnsignedLong(chain.length(i))))
                .toList();
    }

    @Test
    void everyExtentBecomesAnElement() {
        Chain chain =
                new Chain(
                        List.of(
                                List.of(new Extent(0x1000, 10)),
                                List.of(new Extent(0x2000, 20), new Extent(0x9000, 5))),
                        1);
        assertThat(elements(chain)).containsExactly("r 0x1000+10", "w 0x2000+20", "w 0x9000+5");
        assertThat(chain.readableBytes()).isEqualTo(10);
        assertThat(chain.writableBytes()).isEqualTo(25);
        assertThat(chain.capacity()).isEqualTo(3);
    }

    @Test
    void aLimitShortensAndDropsElements() {
        Chain chain =
                new Chain(
                        List.of(
                                List.of(new Extent(0x1000, 10)),
                                List.of(new Extent(0x2000, 20), new Extent(0x9000, 5))),
                        1);
        assertThat(chain.limit(1, 22)).isTrue();
        assertThat(elements(chain)).containsExactly("r 0x1000+10", "w 0x2000+20", "w 0x9000+2");
        assertThat(chain.limit(1, 20)).isTrue();
        assertThat(chain.limit(1, 20)).isFalse();
        assertThat(elements(chain)).containsExactly("r 0x1000+10", "w 0x2000+20");
        chain.limit(0, 0);
        assertThat(elements(chain)).containsExactly("w 0x2000+20");
        assertThat(chain.readableCount()).isZero();
        assertThat(chain.capacity()).isEqualTo(3);
        chain.limit(0, 10);
        chain.limit(1, 25);
        assertThat(chain.count()).isEqualTo(3);
    }

    @Test
    void aLimitThatLeavesNothingIsRefusedAndChangesNothing() {
        Chain chain = chain(1, new Extent(0x1000, 10));
        assertThatThrownBy(() -> chain.limit(0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing to transfer");
        assertThatThrownBy(() -> chain.limit(0, 11)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> chain.limit(0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(elements(chain)).containsExactly("r 0x1000+10");
        assertThat(chain.limit(0)).isEqualTo(10);
    }

    /** A descriptor's length has 32 bits. */
    @Test
    void anExtentThatNoDescriptorCanHoldIsCut() {
        Chain chain = chain(0, new Extent(0, 3 * GIB));
        assertThat(elements(chain)).containsExactly("w 0x0+" + 2 * GIB, "w 0x80000000+" + GIB);
        assertThat(chain.capacity()).isEqualTo(2);
        chain.limit(0, 2 * GIB);
        assertThat(elements(chain)).containsExactly("w 0x0+" + 2 * GIB);
    }

    /** Clause 2.7.5.2#1. */
    @Test
    void aChainHasAtMostTwoToTheThirtyTwoBytes() {
        assertThat(chain(1, new Extent(0, 2 * GIB), new Extent(4 * GIB, 2 * GIB)).writableBytes())
                .isEqualTo(2 * GIB);
        assertThatThrownBy(() -> chain(1, new Extent(0, 2 * GIB), new Extent(4 * GIB, 2 * GIB + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a transfer of 4294967297 bytes (expected: at most 2^32, virtio 1.4,"
                                + " 2.7.5.2)");
        assertThatThrownBy(() -> new Chain(List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one buffer");
    }

    private final MemorySegment ram = Arena.ofAuto().allocate(8192, 4096);
    private final DmaMemory memory =
            new DmaMemory(
                    new MemoryMapping(
                            ram, List.of(new Extent(0x1000, 4096), new Extent(0x9000, 4096))));
    private final DeviceChain taken = new DeviceChain(memory);

    @Test
    void theDeviceReadsAndWritesItsHalvesAsRuns() {
        taken.begin(5);
        taken.add(0x1000, 3, false);
        taken.add(0x9000, 2, false);
        taken.add(0x1800, 4, true);
        taken.add(0x9800, 0, true);
        taken.add(0x9900, 4, true);
        ram.copyFrom(MemorySegment.ofArray(new byte[] {1, 2, 3}));
        ram.asSlice(4096).copyFrom(MemorySegment.ofArray(new byte[] {4, 5}));
        byte[] read = new byte[10];
        assertThat(taken.read(1, MemorySegment.ofArray(read))).isEqualTo(4);
        assertThat(read).startsWith(2, 3, 4, 5, 0);
        assertThat(taken.write(2, MemorySegment.ofArray(new byte[] {9, 8, 7, 6, 5, 4, 3})))
                .isEqualTo(6);
        assertThat(ram.asSlice(0x800 + 2, 2).toArray(ValueLayout.JAVA_BYTE)).containsExactly(9, 8);
        assertThat(ram.asSlice(4096 + 0x900, 4).toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(7, 6, 5, 4);
        assertThat(taken.id()).isEqualTo(5);
        assertThat(taken.readableBytes()).isEqualTo(5);
        assertThat(taken.writableBytes()).isEqualTo(8);
        assertThat(taken.read(6, MemorySegment.ofArray(read))).isZero();
    }

    @Test
    void theDeviceTakesMoreElementsThanItHadRoomFor() {
        taken.begin(1);
        for (int i = 0; i < 100; i++) {
            taken.add(0x1000 + i, 1, true);
        }
        assertThat(taken.count()).isEqualTo(100);
        assertThat(taken.segment(99).address()).isEqualTo(ram.address() + 99);
        taken.begin(2);
        assertThat(taken.count()).isZero();
        assertThat(taken.writableBytes()).isZero();
    }

    @Test
    void anElementOutsideMemoryIsTheDriversFault() {
        taken.begin(1);
        for (long[] bad :
                new long[][] {{0, 1}, {0x1fff, 2}, {-1, 1}, {0x9000, 4097}, {0xa000, 1}}) {
            assertThatThrownBy(() -> taken.add(bad[0], bad[1], false))
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("leads outside memory (virtio 1.4, 2.7.5, 2.8.4)");
        }
        assertThat(taken.count()).isZero();
    }

    /** Clause 2.7.4.2#1. */
    @Test
    void aReadableElementBehindAWritableOneIsTheDriversFault() {
        taken.begin(1);
        taken.add(0x1000, 1, true);
        assertThatThrownBy(() -> taken.add(0x1001, 1, false))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("2.7.4.2#1");
    }
}
