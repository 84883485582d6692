package dev.virtq.transport.vhostuser.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Addresses that show parts of files, and never nothing at all. */
@Timeout(30)
class PageWindowTest {
    @TempDir private Path folder;

    private static int page() throws PosixException {
        return PageWindow.pageSize();
    }

    private static void show(PageWindow window, long at, long bytes, FileChannel file, long offset)
            throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            window.show(at, bytes, file.map(MapMode.READ_WRITE, offset, 1, arena));
        }
    }

    private FileChannel file(int pages) throws Exception {
        Path path = Files.createTempFile(folder, "file", "");
        byte[] content = new byte[pages * page()];
        for (int i = 0; i < pages; i++) {
            content[i * page()] = (byte) (i + 1);
        }
        Files.write(path, content);
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Test
    void aWindowIsZeroAndShowsWhatItIsToldToAndIsZeroAgain() throws Exception {
        assertThat(PageWindow.isPossible()).isTrue();
        MemorySegment memory;
        try (FileChannel file = file(3)) {
            PageWindow window = PageWindow.reserve(8L * page());
            memory = window.memory();
            assertThat(memory.byteSize()).isEqualTo(8L * page());
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 2L * page())).isZero();
            show(window, 2L * page(), 2L * page(), file, page());
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 2L * page())).isEqualTo((byte) 2);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 3L * page())).isEqualTo((byte) 3);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 4L * page())).isZero();
            memory.set(ValueLayout.JAVA_BYTE, 3L * page() + 5, (byte) 77);
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, 2L * page() + 5);
            assertThat(one.get(0)).isEqualTo((byte) 77);
            show(window, 3L * page(), page(), file, 0);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 3L * page())).isEqualTo((byte) 1);
            window.clear(2L * page(), page());
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 2L * page())).isZero();
        }
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 3L * page()))
                .as("the file was closed")
                .isEqualTo((byte) 1);
    }

    @Test
    void aPageBehindTheEndOfAFileIsAnInternalErrorUntilTheFileHasIt() throws Exception {
        try (FileChannel file = MemoryFile.growing()) {
            file.write(ByteBuffer.allocate(1));
            PageWindow window = PageWindow.reserve(4L * page());
            show(window, 0, 4L * page(), file, 0);
            MemorySegment memory = window.memory();
            assertThat(memory.get(ValueLayout.JAVA_BYTE, page() - 1L)).isZero();
            assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, page()))
                    .isInstanceOf(InternalError.class);
            file.write(ByteBuffer.wrap(new byte[] {9}), 3L * page());
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 3L * page())).isEqualTo((byte) 9);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, page())).isZero();
        }
    }

    @Test
    void whatCannotBeShownLeavesMemoryThatIsZero() throws Exception {
        try (FileChannel file = file(1);
                Arena arena = Arena.ofConfined()) {
            PageWindow window = PageWindow.reserve(4L * page());
            show(window, 0, page(), file, 0);
            MemorySegment copy = file.map(MapMode.PRIVATE, 0, 1, arena);
            assertThatThrownBy(() -> window.show(0, 2L * page(), copy))
                    .isInstanceOf(PosixException.class)
                    .hasMessageContaining("mremap of %d bytes: EINVAL".formatted(2 * page()));
            assertThat(window.memory().get(ValueLayout.JAVA_BYTE, 0)).isZero();
            window.memory().fill((byte) 1);
        }
    }

    @Test
    void whatIsShownIsMappedOnceMoreAndStaysSo() throws Exception {
        AtomicInteger gone = new AtomicInteger();
        try (FileChannel file = file(3)) {
            PageWindow window = PageWindow.reserve(8L * page());
            show(window, 2L * page(), 3L * page(), file, 0);
            Arena arena = Arena.ofShared();
            long offset = 3L * page() + 10;
            MemorySegment mapping = window.map(offset, page(), true, arena, gone::incrementAndGet);
            assertThat(mapping.isMapped()).isTrue();
            assertThat(mapping.byteSize()).isEqualTo(page());
            mapping.set(ValueLayout.JAVA_BYTE, 0, (byte) 33);
            assertThat(window.memory().get(ValueLayout.JAVA_BYTE, offset)).isEqualTo((byte) 33);
            assertThat(mapping.get(ValueLayout.JAVA_BYTE, page() - 10L)).isEqualTo((byte) 3);
            window.clear(0, 8L * page());
            assertThat(mapping.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 33);
            mapping.set(ValueLayout.JAVA_BYTE, 1, (byte) 34);
            ByteBuffer two = ByteBuffer.allocate(2);
            file.read(two, page() + 10L);
            assertThat(two.array()).containsExactly(33, 34);
            assertThat(gone).hasValue(0);
            arena.close();
            assertThat(gone).hasValue(1);
            assertThatThrownBy(() -> mapping.get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whereNoFileIsShownNothingIsMapped() throws Exception {
        AtomicInteger gone = new AtomicInteger();
        try (Arena arena = Arena.ofConfined()) {
            PageWindow window = PageWindow.reserve(4L * page());
            assertThatThrownBy(() -> window.map(0, 10, true, arena, gone::incrementAndGet))
                    .isInstanceOf(PosixException.class)
                    .hasMessageContaining("EINVAL");
        }
        assertThat(gone).hasValue(0);
    }

    @Test
    void nothingIsShownOutsideOfTheWindow() throws Exception {
        try (FileChannel file = file(1)) {
            PageWindow window = PageWindow.reserve(4L * page());
            assertThatThrownBy(() -> show(window, 3L * page(), 2L * page(), file, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> window.clear(4L * page(), page()))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void moreAddressesThanThereAreCannotBeReserved() {
        assertThatThrownBy(() -> PageWindow.reserve(1L << 60))
                .isInstanceOf(PosixException.class)
                .hasMessageContaining("ENOMEM");
    }
}
