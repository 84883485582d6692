package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PagemapTest {
    private static final long PRESENT = 1L << 63;
    private static final long SOFT_DIRTY = 1L << 55;

    @TempDir private Path root;
    private Linux linux;
    private MemorySegment memory;

    @BeforeEach
    void hasMemory() throws IOException {
        linux = new FakeComputer(root).linux();
        memory = Arena.ofAuto().allocate(8192, 4096);
    }

    @Test
    void theEntryOfThePageHasTheNumberOfItsFrame() throws IOException {
        entry(PRESENT | SOFT_DIRTY | 0xf000);

        assertThat(Pagemap.of(linux).of(memory)).isEqualTo(0xf00_0000);
        assertThat(Pagemap.of(linux).of(memory.asSlice(0x123))).isEqualTo(0xf00_0123);
    }

    @Test
    void whoIsNotRootIsShownNoNumbers() throws IOException {
        entry(PRESENT);

        assertThatThrownBy(() -> Pagemap.of(linux).of(memory))
                .isInstanceOf(IOException.class)
                .hasMessage("physical addresses are not shown to this user");
    }

    @Test
    void aPageThatIsNotThereHasNoAddress() throws IOException {
        entry(0x1234);

        assertThatThrownBy(() -> Pagemap.of(linux).of(memory))
                .isInstanceOf(IOException.class)
                .hasMessage("no page is behind 0x%x", memory.address());
    }

    @Test
    void aMapWithoutTheEntryIsNoMap() throws IOException {
        Files.createFile(linux.pagemap());

        assertThatThrownBy(() -> Pagemap.of(linux).of(memory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has no entry");
    }

    @Test
    void aKernelThatDoesNotSayHowLargeAPageIsIsOfNoUse() throws IOException {
        Files.write(root.resolve("proc/self/auxv"), new byte[7]);

        assertThatThrownBy(() -> Pagemap.of(linux))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("does not say how large a page is");
    }

    @Test
    void thisComputersPagesHaveASize() throws IOException {
        assertThat(Long.bitCount(Linux.HERE.pageBytes())).isOne();
        assertThat(Linux.HERE.pageBytes()).isBetween(4096L, 65536L);
    }

    private void entry(long entry) throws IOException {
        try (FileChannel map =
                FileChannel.open(
                        linux.pagemap(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            map.write(
                    ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(entry).flip(),
                    memory.address() / 4096 * 8);
        }
    }
}
