package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.VirtioException;
import dev.virtq.memory.Extent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HugePagesTest {
    private static final long PAGE = FakeComputer.PAGE;

    @TempDir private Path root;
    private FakeComputer computer;

    @BeforeEach
    void isSwitchedOn() throws IOException {
        computer = new FakeComputer(root);
    }

    @Test
    void eachPageHasItsAddressAndNeighboursAreOneExtent() throws IOException {
        HugePages pages = take(3 * PAGE + 1, 0x4000_0000, 0x4000_0000 + PAGE, 0x800_0000, 0x0);

        assertThat(pages.mapping().segment().byteSize()).isEqualTo(4 * PAGE);
        assertThat(pages.mapping().extents())
                .containsExactly(
                        new Extent(0x4000_0000, 2 * PAGE),
                        new Extent(0x800_0000, PAGE),
                        new Extent(0, PAGE));
    }

    @Test
    void theFileHasNoNameOnceEverybodyHasIt() throws IOException {
        HugePages pages = take(PAGE, 0x4000_0000);
        assertThat(pages.file()).hasParent(computer.hugeFolder()).exists();
        assertThat(Files.getPosixFilePermissions(pages.file())).hasSize(2); // its owner's alone

        pages.unlink();

        assertThat(computer.hugeFolder()).isEmptyDirectory();
        pages.mapping().segment().fill((byte) 7);
    }

    @Test
    void tooFewPagesAreRefusedWithTheNumberThatSuffices() throws IOException {
        computer.hugePages(10, 5, 2);

        assertThatThrownBy(() -> take(4 * PAGE))
                .isInstanceOf(VirtioException.class)
                .hasMessage(
                        "4 huge pages of 2048 KiB are needed, and 3 are free (expected, as root:"
                                + " echo 11 > %s; or less memory)",
                        computer.linux().hugePages(PAGE).resolve("nr_hugepages"));
        assertThat(computer.hugeFolder()).isEmptyDirectory();
    }

    @Test
    void addressesThatAreNotShownLeaveNothing() {
        assertThatThrownBy(() ->
                        HugePages.take(
                                computer.linux(),
                                PAGE,
                                _ -> {
                                    throw new IOException("not shown");
                                }))
                .isInstanceOf(IOException.class)
                .hasMessage("not shown");
        assertThat(computer.hugeFolder()).isEmptyDirectory();
    }

    @Test
    void withoutAMountThereIsNoMemory() throws IOException {
        computer.mounts("proc /proc proc rw 0 0", "short", "none /nowhere hugetlbfs rw 0 0");

        assertThatThrownBy(() -> take(PAGE))
                .isInstanceOf(VirtioException.class)
                .hasMessageStartingWith("no hugetlbfs is mounted that can be written to");
    }

    @Test
    void theMountWithTheSmallestPagesIsTaken() throws IOException {
        Path spaced = Files.createDirectories(root.resolve("with space"));
        computer.mounts(
                "none /nowhere hugetlbfs rw,pagesize=64K 0 0", // not there
                "none %s hugetlbfs rw,pagesize=1G 0 0".formatted(root),
                "none %s hugetlbfs rw,relatime,pagesize=2M 0 0"
                        .formatted(spaced.toString().replace(" ", "\\040")));

        assertThat(HugePageMount.find(computer.linux()))
                .contains(new HugePageMount(spaced, 2L << 20));
    }

    private HugePages take(long bytes, long... addresses) throws IOException {
        Deque<Long> left = new ArrayDeque<>(List.of());
        for (long address : addresses) {
            left.add(address);
        }
        return HugePages.take(computer.linux(), bytes, _ -> left.remove());
    }
}
