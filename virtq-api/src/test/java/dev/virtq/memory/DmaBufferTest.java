package dev.virtq.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The three ways to the bytes, and who may end them. */
class DmaBufferTest {
    private final DmaMemory memory =
            new DmaMemory(MemoryMapping.contiguous(Arena.ofAuto().allocate(4096, 4096), 0x10_0000));
    private final DmaBuffer buffer = memory.allocate(32);

    @Test
    void accessorsAreLittleEndianAndNeedNoAlignment() {
        buffer.setShort(1, (short) 0x1122);
        buffer.setInt(3, 0x33445566);
        buffer.setLong(7, 0x778899aabbccddeeL);
        buffer.setByte(15, (byte) 0xff);
        assertThat(buffer.trusted().asSlice(1, 15).toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(
                        0x22, 0x11, 0x66, 0x55, 0x44, 0x33, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99,
                        0x88, 0x77, 0xff);
        assertThat(buffer.shortAt(1)).isEqualTo((short) 0x1122);
        assertThat(buffer.intAt(3)).isEqualTo(0x33445566);
        assertThat(buffer.longAt(7)).isEqualTo(0x778899aabbccddeeL);
        assertThat(buffer.byteAt(15)).isEqualTo((byte) -1);
    }

    @Test
    void accessesStayWithinTheBuffer() {
        assertThatThrownBy(() -> buffer.intAt(29)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.setLong(-1, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.view(30, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.view(0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.copyFrom(30, MemorySegment.ofArray(new byte[3])))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void bytesAreCopiedInAndOut() {
        buffer.copyFrom(4, MemorySegment.ofArray(new byte[] {1, 2, 3}));
        byte[] out = new byte[2];
        buffer.copyTo(5, MemorySegment.ofArray(out));
        assertThat(out).containsExactly(2, 3);
    }

    private record Pair(int first, short second) {}

    private static final class PairCodec implements StructCodec<Pair> {
        private static final ValueLayout.OfInt INT =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfShort SHORT =
                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private final AtomicReference<MemorySegment> source = new AtomicReference<>();

        @Override
        public long byteSize() {
            return 6;
        }

        @Override
        public void write(Pair value, MemorySegment target) {
            target.set(INT, 0, value.first());
            target.set(SHORT, 4, value.second());
        }

        @Override
        public Pair read(MemorySegment from) {
            source.set(from);
            return new Pair(from.get(INT, 0), from.get(SHORT, 4));
        }
    }

    @Test
    void aStructureIsWrittenInPlaceAndReadFromACopy() {
        PairCodec codec = new PairCodec();
        buffer.write(3, codec, new Pair(7, (short) 8));
        assertThat(buffer.intAt(3)).isEqualTo(7);
        assertThat(buffer.read(3, codec)).isEqualTo(new Pair(7, (short) 8));
        assertThat(codec.source.get().isNative()).isFalse();
        assertThatThrownBy(() -> buffer.read(27, codec))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.write(27, codec, new Pair(0, (short) 0)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void viewsEndTogetherAndNewOnesCanBeMade() {
        MemorySegment whole = buffer.view();
        MemorySegment part = buffer.view(8, 8);
        whole.set(ValueLayout.JAVA_BYTE, 8, (byte) 3);
        assertThat(part.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 3);
        buffer.closeViews();
        for (MemorySegment view : new MemorySegment[] {whole, part, whole.asSlice(1)}) {
            assertThatThrownBy(() -> view.get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(buffer.view().get(ValueLayout.JAVA_BYTE, 8)).isEqualTo((byte) 3);
    }

    @Test
    void freeingEndsTheViewsAndIsIdempotent() {
        MemorySegment view = buffer.view();
        buffer.close();
        buffer.close();
        assertThat(memory.available()).isEqualTo(4096);
        assertThatThrownBy(() -> view.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buffer.intAt(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("buffer of 32 bytes at 0x100000 was freed");
    }

    private static void onAnotherThread(Runnable action) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                action.run();
                            } catch (Throwable e) {
                                thrown.set(e);
                            }
                        });
        thread.join();
        if (thrown.get() instanceof RuntimeException e) {
            throw e;
        }
    }

    @Test
    void aViewBelongsToItsThread() throws InterruptedException {
        MemorySegment view = buffer.view();
        assertThatThrownBy(() -> onAnotherThread(() -> view.get(ValueLayout.JAVA_BYTE, 0)))
                .isInstanceOf(WrongThreadException.class);
        for (Runnable action : new Runnable[] {buffer::view, buffer::closeViews, buffer::close}) {
            assertThatThrownBy(() -> onAnotherThread(action))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has a view of buffer of 32 bytes at 0x100000 open");
        }
        view.get(ValueLayout.JAVA_BYTE, 0);
        onAnotherThread(() -> buffer.setInt(0, 5));
        assertThat(buffer.intAt(0)).isEqualTo(5);
    }

    @Test
    void theViewOfAThreadThatHasEndedIsInNobodysWay() throws InterruptedException {
        onAnotherThread(buffer::view);
        buffer.view().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        buffer.closeViews();
        onAnotherThread(buffer::view);
        buffer.close();
        assertThat(memory.available()).isEqualTo(4096);
    }

    /** Refuses when told so. */
    private static final class Gate implements BufferGuard {
        boolean shut;

        @Override
        public void checkAccess() {
            if (shut) {
                throw new IllegalStateException("shut");
            }
        }

        @Override
        public void checkView() {
            checkAccess();
        }

        @Override
        public String describe() {
            return "the gate";
        }
    }

    @Test
    void theGuardOfAClaimDecides() {
        Gate gate = new Gate();
        BufferClaim claim = buffer.claim(gate);
        buffer.setInt(0, 1);
        gate.shut = true;
        assertThatThrownBy(() -> buffer.intAt(0)).hasMessage("shut");
        assertThatThrownBy(buffer::view).hasMessage("shut");
        assertThatThrownBy(() -> buffer.copyTo(0, MemorySegment.ofArray(new byte[1])))
                .hasMessage("shut");
        claim.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 9); // the holder vouches for itself
        assertThatThrownBy(() -> buffer.claim(gate))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("buffer of 32 bytes at 0x100000 is in the gate already");
        assertThatThrownBy(buffer::close)
                .hasMessage("buffer of 32 bytes at 0x100000 is in the gate; close that instead");
        claim.release();
        assertThat(buffer.byteAt(0)).isEqualTo((byte) 9);
    }

    @Test
    void aClaimEndsOnce() {
        BufferClaim released = buffer.claim(new Gate());
        released.release();
        BufferClaim freed = buffer.claim(new Gate());
        for (Runnable action :
                new Runnable[] {released::release, released::free, released::quarantine}) {
            assertThatThrownBy(action::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has ended already");
        }
        freed.free();
        assertThatThrownBy(freed::quarantine).isInstanceOf(IllegalStateException.class);
        assertThat(memory.quarantined()).isZero();
        assertThat(memory.available()).isEqualTo(4096);
    }
}
