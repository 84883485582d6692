package dev.virtq.drivers.fs;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.nio.channels.FileChannel.MapMode.READ_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.drivers.fs.fuse.WindowRange;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.testing.Clause;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** When parts of the window are taken, and when they are given back. */
@Timeout(120)
@ParameterizedClass
@EnumSource(SharedWindow.Kind.class)
class WindowLifeTest {
    private static final int HALF = (int) SharedWindow.WINDOW / 2;
    private static final int WHOLE = (int) SharedWindow.WINDOW;

    private final SharedWindow.Kind kind;
    @TempDir private Path folder;
    private SharedWindow both;

    WindowLifeTest(SharedWindow.Kind kind) {
        this.kind = kind;
    }

    @BeforeEach
    void mount() throws IOException {
        both = SharedWindow.of(kind, folder);
    }

    @AfterEach
    void close() {
        if (both.share.isOpen()) {
            assertThat(both.share.client().connection().device().failure()).isEmpty();
        }
        both.close();
        assertThat(both.device().mappedBytes()).isZero();
    }

    private static MappedByteBuffer map(Path file, int size) throws IOException {
        try (FileChannel channel = SharedWindow.readWrite(file)) {
            return channel.map(READ_WRITE, 0, size);
        }
    }

    private static MemorySegment map(Path file, int size, Arena arena) throws IOException {
        try (FileChannel channel = SharedWindow.readWrite(file)) {
            return channel.map(READ_WRITE, 0, size, arena);
        }
    }

    @Test
    void aWindowThatIsFullSaysSoAndHasRoomAgainOnceAnArenaIsClosed() throws IOException {
        Path file = both.file("file", WHOLE);
        assertThat(both.share.windowSize()).contains(SharedWindow.WINDOW);
        try (Arena arena = Arena.ofConfined()) {
            map(file, HALF, arena);
            map(file, HALF - 4096, arena);
            assertThatThrownBy(() -> map(file, 4097))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no room for 8192 bytes")
                    .hasMessageContaining("of 1048576 bytes 4096 are free");
            assertThat(map(file, 4096).capacity()).isEqualTo(4096);
        }
        try (Arena arena = Arena.ofShared()) {
            assertThat(map(file, HALF, arena).byteSize()).isEqualTo(HALF);
        }
        assertThatThrownBy(() -> map(both.file("larger", WHOLE + 1), WHOLE + 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be mapped at once");
    }

    @Test
    void aBufferThatNobodyReachesGivesItsPartBack() throws Exception {
        Path file = both.file("file", HALF);
        assertThat(map(file, HALF).capacity()).isEqualTo(HALF);
        assertThat(SharedWindow.becomesZero(() -> both.device().mappedBytes())).isTrue();
    }

    @Test
    void anArenaThatIsClosedGivesItsPartBack() throws Exception {
        Path file = both.file("file", HALF);
        try (Arena arena = Arena.ofConfined()) {
            map(file, HALF, arena);
            assertThat(both.device().mappedBytes()).isEqualTo(HALF);
        }
        assertThat(SharedWindow.becomesZero(() -> both.device().mappedBytes())).isTrue();
    }

    @Test
    void whoeverMapsAndDropsNeverFindsTheWindowFull() throws IOException {
        Path file = both.file("file", HALF);
        byte[] content = Files.readAllBytes(file);
        for (int i = 0; i < 10; i++) {
            MappedByteBuffer buffer = map(file, HALF);
            assertThat(buffer).isEqualTo(ByteBuffer.wrap(content));
        }
    }

    private static Object viewOfAView(Path file, int how) throws IOException {
        ByteBuffer buffer = map(file, HALF).order(ByteOrder.nativeOrder());
        return switch (how) {
            case 0 -> buffer.slice(0, HALF).order(ByteOrder.nativeOrder()).asIntBuffer();
            case 1 -> MemorySegment.ofBuffer(buffer);
            case 2 -> MemorySegment.ofBuffer(buffer.asReadOnlyBuffer().slice());
            default -> MemorySegment.ofBuffer(buffer.asIntBuffer());
        };
    }

    @Test
    @Clause("5.11.6.4.2#3")
    void aPartIsNotGivenBackAsLongAsAnyViewOfItIsReachable() throws Exception {
        Path file = both.file("file", HALF);
        Path another = both.file("another", HALF);
        int first =
                ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder()).getInt();
        for (int how = 0; how < 4; how++) {
            assertThat(readLater(viewOfAView(file, how), another))
                    .as("view %d", how)
                    .isEqualTo(first);
        }
        assertThat(SharedWindow.becomesZero(() -> both.device().mappedBytes())).isTrue();
    }

    private int readLater(Object view, Path another) throws Exception {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(10);
            map(another, HALF);
        }
        return view instanceof IntBuffer ints
                ? ints.get(0)
                : ((MemorySegment) view).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    @Test
    void anArenaOfAnotherThreadLeavesNothingMapped() throws Exception {
        Path file = both.file("file", HALF);
        try (Arena arena = Arena.ofConfined()) {
            Thread other =
                    Thread.ofPlatform()
                            .start(() ->
                                    assertThatThrownBy(() -> map(file, HALF, arena))
                                            .isInstanceOf(WrongThreadException.class));
            other.join();
        }
        assertThat(SharedWindow.becomesZero(() -> both.device().mappedBytes())).isTrue();
    }

    @Test
    void whatIsMappedForEverStaysWhenTheShareIsClosed() throws Exception {
        Path file = both.file("file", HALF);
        byte[] content = Files.readAllBytes(file);
        MemorySegment segment = map(file, HALF, Arena.global());
        System.gc();
        assertThat(segment.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
        both.close();
        System.gc();
        segment.fill((byte) 1);
        assertThat(segment.get(ValueLayout.JAVA_BYTE, HALF - 1)).isEqualTo((byte) 1);
    }

    @Test
    void aBufferIsMemoryStillWhenTheShareAndTheMachineAreGone() throws Exception {
        Path file = both.file("file", HALF);
        MappedByteBuffer buffer = map(file, HALF);
        byte last = buffer.get(HALF - 1);
        Arena arena = Arena.ofShared();
        MemorySegment segment = map(file, HALF, arena);
        both.close();
        both.machine.close();
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(buffer.get(HALF - 1)).isEqualTo(last);
        buffer.put(0, (byte) 7);
        assertThat(buffer.get(0)).isEqualTo((byte) 7);
        segment.fill((byte) 9);
        arena.close();
    }

    /** As a device may do by itself, or a driver that is wrong about who has what. */
    @Test
    void whatIsMappedStaysWhenTheDeviceShowsItNoLonger() throws Exception {
        Path file = both.file("file", HALF);
        MappedByteBuffer buffer = map(file, HALF);
        byte[] content = Files.readAllBytes(file);
        both.share.client().window().remove(List.of(new WindowRange(0, WHOLE)));
        assertThat(both.device().mappedBytes()).isZero();
        assertThat(buffer).isEqualTo(ByteBuffer.wrap(content));
        buffer.put(100, content[100]);
        assertThat(Files.readAllBytes(file))
                .isEqualTo(SharedWindow.content("file".hashCode(), HALF));
    }

    @Test
    void manyThreadsMapAndUnmapAndEachSeesItsOwnFile() throws Exception {
        List<Future<?>> done = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < 16; thread++) {
                String name = "file" + thread;
                done.add(
                        threads.submit(() -> {
                            Path file = both.file(name, 50_000);
                            byte[] content = SharedWindow.content(name.hashCode(), 50_000);
                            for (int i = 0; i < 50; i++) {
                                mapAndCompare(file, content, i);
                            }
                            return null;
                        }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        assertThat(SharedWindow.becomesZero(() -> both.device().mappedBytes())).isTrue();
    }

    private static void mapAndCompare(Path file, byte[] content, int round) throws IOException {
        try (Arena arena = Arena.ofShared();
                FileChannel channel = SharedWindow.readWrite(file)) {
            int offset = round * 977;
            int length = content.length - offset;
            MemorySegment segment = channel.map(READ_WRITE, offset, length, arena);
            content[offset] = (byte) round;
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) round);
            byte[] there = new byte[content.length];
            ByteBuffer target = ByteBuffer.wrap(there);
            while (target.hasRemaining()) {
                channel.read(target, target.position());
            }
            assertThat(there).isEqualTo(content);
            assertThat(segment.mismatch(MemorySegment.ofArray(content).asSlice(offset)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void moreThanABufferHoldsIsMappedWithAnArena() throws IOException {
        if (!kind.isOfTheHost()) {
            return; // a file in memory that is mapped takes all of its room
        }
        long size = 3L << 30;
        try (SharedWindow large =
                SharedWindow.of(
                        SimDevice.fileSystem(folder).withWindow(4L << 30), kind.options())) {
            Path file = large.share.getPath("/large");
            Files.createFile(file);
            try (Arena arena = Arena.ofConfined();
                    FileChannel channel = SharedWindow.readWrite(file)) {
                MemorySegment segment = channel.map(READ_WRITE, 0, size, arena);
                segment.set(ValueLayout.JAVA_BYTE, size - 1, (byte) 3);
                ByteBuffer last = ByteBuffer.allocate(1);
                channel.read(last, size - 1);
                assertThat(last.get(0)).isEqualTo((byte) 3);
            }
        }
    }

    /**
     * A file that somebody cuts off: what is left of a page stays, and the pages behind are gone.
     */
    @Test
    void whatIsCutOffUnderABufferIsAnInternalErrorAndNoCrash() throws IOException {
        Path file = both.file("file", 20_000);
        MappedByteBuffer buffer;
        try (FileChannel channel = FileChannel.open(file)) {
            buffer = channel.map(READ_ONLY, 0, 20_000);
        }
        try (FileChannel channel = SharedWindow.readWrite(both.other.getPath("/file"))) {
            channel.truncate(5000);
        }
        assertThat(buffer.get(4999)).isEqualTo(SharedWindow.content("file".hashCode(), 5000)[4999]);
        assertThat(buffer.get(5000)).as("the rest of its last page").isZero();
        assertThatThrownBy(() -> buffer.get(8192)).isInstanceOf(InternalError.class);
        assertThatThrownBy(() -> buffer.get(8192, new byte[1000]))
                .isInstanceOf(InternalError.class);
        try (FileChannel channel = SharedWindow.readWrite(file)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), 19_999);
        }
        assertThat(buffer.get(19_999)).as("it has grown again").isEqualTo((byte) 1);
    }
}
