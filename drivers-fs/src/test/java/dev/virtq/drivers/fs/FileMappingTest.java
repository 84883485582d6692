package dev.virtq.drivers.fs;

import static java.nio.channels.FileChannel.MapMode.PRIVATE;
import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.nio.channels.FileChannel.MapMode.READ_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of a share as memory, in the DAX window of its device. */
@Timeout(60)
@ParameterizedClass
@EnumSource(SharedWindow.Kind.class)
class FileMappingTest {
    private static final int SIZE = 40_000;

    private final SharedWindow.Kind kind;
    @TempDir private Path folder;
    private SharedWindow both;
    private Path file;

    FileMappingTest(SharedWindow.Kind kind) {
        this.kind = kind;
    }

    @BeforeEach
    void mount() throws IOException {
        both = SharedWindow.of(kind, Files.createDirectory(folder.resolve("share")));
        file = both.file("file", SIZE);
    }

    @AfterEach
    void close() {
        assertThat(both.share.client().connection().device().failure()).isEmpty();
        both.close();
        assertThat(both.device().mappedBytes()).isZero();
        assertThat(both.device().openHandles()).isZero();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }

    private MappedByteBuffer mapped(MapMode mode, long offset, long size) throws IOException {
        try (FileChannel channel = SharedWindow.readWrite(file)) {
            return channel.map(mode, offset, size);
        }
    }

    private byte[] onTheOtherSide() throws IOException {
        byte[] bytes = Files.readAllBytes(both.other.getPath("/file"));
        if (kind.isOfTheHost()) {
            assertThat(Files.readAllBytes(folder.resolve("share/file"))).isEqualTo(bytes);
        }
        return bytes;
    }

    @Test
    void whatIsMappedIsWhatTheFileHasFromAnyPositionOn() throws IOException {
        byte[] content = Files.readAllBytes(file);
        for (int offset : new int[] {0, 1, 4095, 4096, 4097, 12_345, SIZE - 1}) {
            for (int size : new int[] {1, 4096, 8193, SIZE}) {
                int length = Math.min(size, SIZE - offset);
                MappedByteBuffer buffer = mapped(READ_ONLY, offset, length);
                assertThat(buffer.capacity()).isEqualTo(length);
                assertThat(bytes(buffer))
                        .isEqualTo(Arrays.copyOfRange(content, offset, offset + length));
            }
        }
    }

    @Test
    void whatIsMappedToBeReadCannotBeWritten() throws IOException {
        MappedByteBuffer buffer = mapped(READ_ONLY, 0, SIZE);
        assertThat(buffer.isReadOnly()).isTrue();
        assertThatThrownBy(() -> buffer.put(0, (byte) 1))
                .isInstanceOf(ReadOnlyBufferException.class);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = SharedWindow.readWrite(file)) {
            MemorySegment segment = channel.map(READ_ONLY, 0, SIZE, arena);
            assertThat(segment.isReadOnly()).isTrue();
        }
    }

    @Test
    @Clause("5.11.6.4.2#2")
    void whatIsStoredIsReadByEverybodyAndWhatAnybodyWritesIsSeen() throws IOException {
        MappedByteBuffer buffer = mapped(READ_WRITE, 5000, 10_000);
        byte[] expected = Files.readAllBytes(file);
        for (int at = 0; at < 10_000; at += 777) {
            buffer.put(at, (byte) ~expected[5000 + at]);
            expected[5000 + at] = (byte) ~expected[5000 + at];
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
        assertThat(onTheOtherSide()).isEqualTo(expected);

        byte[] text = "from the other side".getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel = SharedWindow.readWrite(both.other.getPath("/file"))) {
            channel.write(ByteBuffer.wrap(text), 8000);
        }
        assertThat(bytes(buffer.slice(3000, text.length))).isEqualTo(text);
        try (FileChannel channel = SharedWindow.readWrite(file)) {
            channel.write(ByteBuffer.wrap(new byte[] {42}), 5000);
        }
        assertThat(buffer.get(0)).isEqualTo((byte) 42);
        if (kind.isOfTheHost()) {
            try (FileChannel channel = SharedWindow.readWrite(folder.resolve("share/file"))) {
                channel.write(ByteBuffer.wrap(new byte[] {43}), 5001);
            }
            assertThat(buffer.get(1)).isEqualTo((byte) 43);
        }
    }

    @Test
    void allMappingsOfAFileShowTheSame() throws IOException {
        MappedByteBuffer first = mapped(READ_WRITE, 0, SIZE);
        MappedByteBuffer second = mapped(READ_WRITE, 4097, 20_000);
        MappedByteBuffer reader = mapped(READ_ONLY, 1, SIZE - 1);
        MappedByteBuffer elsewhere;
        try (FileChannel channel = SharedWindow.readWrite(both.other.getPath("/file"))) {
            elsewhere = channel.map(READ_WRITE, 3, 10_000);
        }
        first.putLong(8000, 0x0102_0304_0506_0708L);
        assertThat(second.getLong(8000 - 4097)).isEqualTo(0x0102_0304_0506_0708L);
        assertThat(reader.getLong(8000 - 1)).isEqualTo(0x0102_0304_0506_0708L);
        assertThat(elsewhere.getLong(8000 - 3)).isEqualTo(0x0102_0304_0506_0708L);
        elsewhere.put(8000 - 3, (byte) 99);
        assertThat(first.get(8000)).isEqualTo((byte) 99);
    }

    /** What is mapped is no memory of the device's, so it is copied on its way. */
    @Test
    void whatIsMappedIsWrittenToOtherFilesAndReadInto() throws IOException {
        MappedByteBuffer buffer = mapped(READ_WRITE, 1, 20_000);
        byte[] content = bytes(buffer);
        Path copy = both.share.getPath("/copy");
        try (FileChannel channel =
                FileChannel.open(
                        copy,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            assertThat(Files.readAllBytes(copy)).isEqualTo(content);
            channel.write(ByteBuffer.wrap(new byte[] {11, 12}), 0);
            channel.read(buffer.clear(), 0);
        }
        byte[] after = onTheOtherSide();
        assertThat(new byte[] {after[1], after[2], after[3]}).containsExactly(11, 12, content[2]);
    }

    @Test
    void aMappingGoesOnWhenTheChannelIsClosedAndTheFileHasNoNameAnyMore() throws IOException {
        MappedByteBuffer buffer = mapped(READ_WRITE, 0, SIZE);
        byte[] content = bytes(buffer);
        Files.delete(file);
        both.file("another", SIZE);
        assertThat(bytes(buffer)).isEqualTo(content);
        buffer.put(0, (byte) 7);
        assertThat(buffer.get(0)).isEqualTo((byte) 7);
    }

    @Test
    void aFileGrowsToWhatIsMapped() throws IOException {
        byte[] before = Files.readAllBytes(file);
        MappedByteBuffer buffer = mapped(READ_WRITE, SIZE - 10, 10_000);
        assertThat(Files.size(file)).isEqualTo(SIZE - 10 + 10_000);
        buffer.put(9_999, (byte) 5);
        byte[] after = Files.readAllBytes(file);
        assertThat(Arrays.copyOf(after, SIZE)).isEqualTo(before);
        assertThat(after[after.length - 1]).isEqualTo((byte) 5);
        assertThat(after[SIZE]).isZero();
        mapped(READ_ONLY, 0, SIZE + 20_000);
        assertThat(Files.size(file)).isEqualTo(SIZE + 20_000);
    }

    @Test
    void aFileThatIsOnlyReadDoesNotGrow() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            assertThatThrownBy(() -> channel.map(READ_ONLY, 1, SIZE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot extend file");
        }
        assertThat(Files.size(file)).isEqualTo(SIZE);
    }

    @Test
    void whatIsPrivateIsACopy() throws IOException {
        byte[] content = Files.readAllBytes(file);
        MappedByteBuffer copy = mapped(PRIVATE, 4097, 30_000);
        assertThat(bytes(copy)).isEqualTo(Arrays.copyOfRange(content, 4097, 34_097));
        copy.put(0, (byte) ~content[4097]);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(both.device().mappedBytes()).isZero();
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = SharedWindow.readWrite(file)) {
            MemorySegment segment = channel.map(PRIVATE, 1, 10, arena);
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) ~content[1]);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void aSegmentLivesAsLongAsItsArena() throws IOException {
        byte[] content = Files.readAllBytes(file);
        Arena arena = Arena.ofShared();
        MemorySegment segment;
        try (FileChannel channel = SharedWindow.readWrite(file)) {
            segment = channel.map(READ_WRITE, 100, 20_000, arena);
        }
        assertThat(segment.toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(Arrays.copyOfRange(content, 100, 20_100));
        segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        assertThat(onTheOtherSide()[100]).isEqualTo((byte) 1);
        arena.close();
        assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    /** Programs ask for these: Lucene does before it reads ahead. */
    @Test
    void aMappingIsOneToTheJdkTooAndCanBeLoadedAndForced() throws IOException {
        MappedByteBuffer buffer = mapped(READ_WRITE, 5000, 10_000);
        buffer.put(0, (byte) 1);
        assertThat(buffer.load().isLoaded()).isTrue();
        assertThat(buffer.force()).isSameAs(buffer);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = SharedWindow.readWrite(file)) {
            for (MapMode mode : new MapMode[] {READ_ONLY, READ_WRITE}) {
                MemorySegment segment = channel.map(mode, 5000, 10_000, arena);
                assertThat(segment.isMapped()).isTrue();
                segment.load();
                assertThat(segment.isLoaded()).isTrue();
                segment.force();
                assertThat(segment.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
            }
        }
        assertThat(onTheOtherSide()[5000]).isEqualTo((byte) 1);
    }

    @Test
    void nothingIsMappedOfNothing() throws IOException {
        assertThat(mapped(READ_WRITE, 100, 0).capacity()).isZero();
        assertThat(mapped(READ_ONLY, 100, 0).isReadOnly()).isTrue();
        assertThat(Files.size(file)).isEqualTo(SIZE);
        mapped(READ_WRITE, SIZE + 5, 0);
        assertThat(Files.size(file)).as("as the JDK's own channels").isEqualTo(SIZE + 5);
        assertThat(both.device().mappedBytes()).isZero();
    }

    /** Something that a channel refuses. */
    private interface Attempt {
        Object on(FileChannel channel) throws Exception;
    }

    private static Class<?> refusal(Path path, Attempt attempt, OpenOption... options)
            throws Exception {
        try (FileChannel channel = FileChannel.open(path, options)) {
            attempt.on(channel);
            return Void.class;
        } catch (IOException | RuntimeException e) {
            return e.getClass();
        }
    }

    @Test
    void whatIsRefusedIsRefusedAsOnTheDefaultFileSystem() throws Exception {
        Path local = Files.write(folder.resolve("local"), Files.readAllBytes(file));
        OpenOption[][] ways = {
            {StandardOpenOption.READ},
            {StandardOpenOption.WRITE},
            {StandardOpenOption.APPEND},
            {StandardOpenOption.READ, StandardOpenOption.WRITE}
        };
        Attempt[] attempts = {
            channel -> channel.map(READ_ONLY, 0, 10),
            channel -> channel.map(READ_WRITE, 0, 10),
            channel -> channel.map(PRIVATE, 0, 10),
            channel -> channel.map(PRIVATE, SIZE, 10),
            channel -> channel.map(READ_ONLY, -1, 10),
            channel -> channel.map(READ_ONLY, 0, -1),
            channel -> channel.map(READ_ONLY, Long.MAX_VALUE, 2),
            channel -> channel.map(READ_ONLY, 0, 1L << 31),
            channel -> channel.map(null, 0, 10),
            channel -> channel.map(READ_ONLY, 0, 10, null),
            channel -> channel.map(READ_ONLY, -1, 10, Arena.global()),
            channel -> channel.map(READ_ONLY, 0, 10, closed()),
            channel -> {
                channel.close();
                return channel.map(READ_ONLY, 0, 10);
            },
            channel -> {
                channel.close();
                return channel.map(READ_ONLY, 0, 10, Arena.ofAuto());
            },
        };
        for (OpenOption[] way : ways) {
            for (int i = 0; i < attempts.length; i++) {
                assertThat(refusal(file, attempts[i], way))
                        .as("attempt %d with %s", i, Arrays.toString(way))
                        .isEqualTo(refusal(local, attempts[i], way));
            }
        }
    }

    @Test
    void anArenaOfAnotherThreadIsRefusedInEveryMode() throws Exception {
        for (MapMode mode : new MapMode[] {READ_ONLY, READ_WRITE, PRIVATE}) {
            Arena arena = otherThreads();
            try (FileChannel channel = SharedWindow.readWrite(file)) {
                assertThatThrownBy(() -> channel.map(mode, 0, 10, arena))
                        .isInstanceOf(WrongThreadException.class);
                assertThatThrownBy(() -> channel.map(mode, 0, 0, arena))
                        .isInstanceOf(WrongThreadException.class);
            }
        }
    }

    /** As some programs have, to close many mappings with one arena when the last one is done. */
    private record OnlyScope(Arena arena) implements Arena {
        @Override
        public MemorySegment allocate(long bytes, long alignment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MemorySegment.Scope scope() {
            return arena.scope();
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @Test
    void anArenaThatAllocatesNothingWillDo() throws IOException {
        byte[] content = Files.readAllBytes(file);
        try (Arena arena = new OnlyScope(Arena.ofShared());
                FileChannel channel = SharedWindow.readWrite(file)) {
            for (MapMode mode : new MapMode[] {READ_ONLY, READ_WRITE, PRIVATE}) {
                assertThat(channel.map(mode, 0, SIZE, arena).toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(content);
                assertThat(channel.map(mode, 0, 0, arena).byteSize()).isZero();
            }
        }
    }

    private static Arena closed() {
        Arena arena = Arena.ofConfined();
        arena.close();
        return arena;
    }

    private static Arena otherThreads() throws InterruptedException {
        Arena[] made = new Arena[1];
        Thread thread = Thread.ofPlatform().start(() -> made[0] = Arena.ofConfined());
        thread.join();
        return made[0];
    }

    @Test
    void aDirectoryIsNotMapped() throws IOException {
        Path directory = Files.createDirectory(both.share.getPath("/directory"));
        try (FileChannel channel = FileChannel.open(directory)) {
            assertThatThrownBy(() -> channel.map(READ_ONLY, 0, 1)).isInstanceOf(IOException.class);
        }
    }
}
