package dev.virtq.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Views of a device's shared memory: how long they last, and who hears of it. */
@Timeout(60)
class RegionMemoryTest {
    private final AtomicInteger gone = new AtomicInteger();

    private static MemorySegment allocate() {
        MemorySegment segment = Arena.ofAuto().allocate(4096, 4096);
        for (int i = 0; i < 4096; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        return segment;
    }

    private MemorySegment view(RegionMemory memory, Arena arena) {
        return memory.view(100, 50, arena, gone::incrementAndGet);
    }

    private static boolean collects(java.util.function.BooleanSupplier done)
            throws InterruptedException {
        for (int i = 0; i < 500 && !done.getAsBoolean(); i++) {
            System.gc();
            Thread.sleep(10);
        }
        return done.getAsBoolean();
    }

    @Test
    void aViewShowsItsPartUntilItsArenaIsClosedAndThatIsToldOnce() {
        MemorySegment segment = allocate();
        RegionMemory memory = new RegionMemory(segment);
        assertThat(memory.size()).isEqualTo(4096);
        Arena arena = Arena.ofShared();
        MemorySegment view = view(memory, arena);
        assertThat(view.byteSize()).isEqualTo(50);
        assertThat(view.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 100);
        view.set(ValueLayout.JAVA_BYTE, 49, (byte) 1);
        assertThat(segment.get(ValueLayout.JAVA_BYTE, 149)).isEqualTo((byte) 1);
        assertThat(gone).hasValue(0);
        arena.close();
        assertThat(gone).hasValue(1);
        assertThatThrownBy(() -> view.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nothingButTheMemoryIsSeen() {
        RegionMemory memory = new RegionMemory(allocate());
        long[][] parts = {{-1, 1}, {0, -1}, {4096, 1}, {1, 4096}, {Long.MAX_VALUE, 1}};
        for (long[] part : parts) {
            assertThatThrownBy(() ->
                            memory.view(part[0], part[1], Arena.ofAuto(), gone::incrementAndGet))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(gone).hasValue(0);
    }

    @Test
    void anArenaThatCannotBeUsedGivesNoView() {
        RegionMemory memory = new RegionMemory(allocate());
        Arena closed = Arena.ofConfined();
        closed.close();
        assertThatThrownBy(() -> view(memory, closed)).isInstanceOf(IllegalStateException.class);
        assertThat(gone).as("there was no view").hasValue(0);
    }

    private Object bufferOfAView(RegionMemory memory) {
        return view(memory, Arena.ofAuto()).asByteBuffer().slice(1, 9).asReadOnlyBuffer();
    }

    @Test
    void aViewThatIsCollectedIsToldWhenNothingThatWasMadeOfItIsLeft() throws Exception {
        RegionMemory memory = new RegionMemory(allocate());
        Object buffer = bufferOfAView(memory);
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(gone).hasValue(0);
        assertThat(((ByteBuffer) buffer).get(0)).isEqualTo((byte) 101);
        buffer = null;
        assertThat(collects(() -> gone.get() == 1)).isTrue();
    }

    /** A view from {@code reinterpret} alone would not: see {@link MappingOutlivesViewsTest}. */
    @Test
    void everyViewKeepsTheMemoryAndNoLonger() throws Exception {
        AtomicInteger freed = new AtomicInteger();
        useInAnArena(freed);
        assertThat(gone).hasValue(1);
        assertThat(collects(() -> freed.get() == 1)).isTrue();
    }

    private void useInAnArena(AtomicInteger freed) throws InterruptedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment view = view(counted(freed), arena);
            assertThat(staysFor(freed)).isTrue();
            assertThat(view.get(ValueLayout.JAVA_BYTE, 3)).isEqualTo((byte) 103);
        }
    }

    @Test
    void aViewForEverKeepsTheMemoryForEver() throws Exception {
        AtomicInteger freed = new AtomicInteger();
        MemorySegment view = view(counted(freed), Arena.global());
        assertThat(staysFor(freed)).isTrue();
        assertThat(view.get(ValueLayout.JAVA_BYTE, 3)).isEqualTo((byte) 103);
        assertThat(gone).hasValue(0);
    }

    private static boolean staysFor(AtomicInteger freed) throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(10);
        }
        return freed.get() == 0;
    }

    private static RegionMemory counted(AtomicInteger freed) {
        MemorySegment segment = allocate();
        return new RegionMemory(
                segment.reinterpret(
                        Arena.ofAuto(),
                        _ -> {
                            if (segment.isNative()) { // which keeps it
                                freed.incrementAndGet();
                            }
                        }));
    }

    @Test
    void memoryThatMayGoUnderAViewIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RegionMemory(MemorySegment.ofArray(new byte[10])));
        try (Arena confined = Arena.ofConfined()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new RegionMemory(confined.allocate(10)));
        }
    }
}
