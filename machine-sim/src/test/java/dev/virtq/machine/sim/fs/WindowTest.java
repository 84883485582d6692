package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.fs.FuseFiles.Change;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import dev.virtq.testing.Clause;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The DAX window of the simulated device, request by request. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Share.class)
class WindowTest {
    private static final int SETUPMAPPING = 48;
    private static final int REMOVEMAPPING = 49;
    private static final long WRITE = 1;
    private static final long READ = 2;
    private static final long WINDOW = 1 << 20;
    private static final int PAGE = 4096;
    private static final long MAP_ALIGNMENT = 1 << 26;

    private static final int ENXIO = 6;
    private static final int EBADF = 9;
    private static final int EACCES = 13;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int EROFS = 30;
    private static final int ENOSYS = 38;

    private final Share share;
    @TempDir Path directory;
    private RawFuse fuse;
    private FuseFiles files;
    private MemorySegment window;

    WindowTest(Share share) {
        this.share = share;
    }

    @BeforeEach
    void mount() throws IOException {
        fuse = new RawFuse(share.serve(directory).withWindow(WINDOW), share.ring());
        fuse.init(RawFuse.NEWEST, MAP_ALIGNMENT).ok();
        if (share.isOfTheHost()) {
            fuse.as(Share.owner(directory));
        }
        files = new FuseFiles(fuse);
        List<SharedMemoryRegion> regions = fuse.device.transport().sharedMemoryRegions();
        window =
                fuse.device
                        .transport()
                        .sharedMemory(regions.getFirst())
                        .orElseThrow()
                        .view(0, WINDOW, Arena.ofAuto(), () -> {});
    }

    @AfterEach
    void nothingIsLeft() {
        try (RawFuse used = fuse) {
            files.forgetAll();
            assertThat(used.share.openHandles()).as("open").isZero();
            assertThat(used.fault()).isEqualTo("none");
            used.call(38, 0, Message.empty()).ok();
            assertThat(used.share.mappedBytes()).isZero();
            assertThat(window.get(ValueLayout.JAVA_BYTE, 0)).isZero();
        }
    }

    private Reply setUp(long node, long handle, long offset, long length, long flags, long at) {
        return fuse.call(
                SETUPMAPPING,
                node,
                Message.empty().u64(handle).u64(offset).u64(length).u64(flags).u64(at));
    }

    private Reply setUp(Open file, long offset, long length, long flags, long at) {
        return setUp(file.node(), file.handle(), offset, length, flags, at);
    }

    private Reply remove(long... offsetsAndLengths) {
        Message message = Message.empty().u32(offsetsAndLengths.length / 2);
        for (long number : offsetsAndLengths) {
            message.u64(number);
        }
        return fuse.call(REMOVEMAPPING, ROOT, message);
    }

    private String shown(long at, int length) {
        byte[] bytes = window.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    @Clause("5.11.6.4.1#2")
    void theWindowIsRegionZeroAndTheAlignmentIsThatOfAPage() throws IOException {
        assertThat(fuse.device.transport().sharedMemoryRegions())
                .singleElement()
                .satisfies(region -> {
                    assertThat(region.id()).isZero();
                    assertThat(region.length()).isEqualTo(WINDOW);
                });
        Reply init = fuse.init(RawFuse.NEWEST, MAP_ALIGNMENT).ok();
        init.skip(12);
        assertThat(init.u32() & MAP_ALIGNMENT).isEqualTo(MAP_ALIGNMENT);
        init.skip(14);
        assertThat(1 << init.u16()).isEqualTo(PAGE);
        try (RawFuse without = RawFuse.mounted(share.serve(directory), share.ring(), 0)) {
            assertThat(without.device.transport().sharedMemoryRegions()).isEmpty();
            Reply none = without.init(RawFuse.NEWEST, MAP_ALIGNMENT).ok();
            assertThat(none.skip(12).u32() & MAP_ALIGNMENT).isZero();
            without.call(SETUPMAPPING, ROOT, Message.empty().zeros(40)).failsWith(ENOSYS);
        }
    }

    @Test
    @Clause("5.11.6.4.1#3")
    void whatIsStoredIsReadAndWhatIsWrittenIsShown() {
        Open file = files.create(ROOT, "f", "contents");
        setUp(file, 0, PAGE, READ | WRITE, 8 * PAGE).ok();
        assertThat(fuse.share.mappedBytes()).isEqualTo(PAGE);
        assertThat(shown(8 * PAGE, 8)).isEqualTo("contents");
        window.set(ValueLayout.JAVA_BYTE, 8 * PAGE, (byte) 'C');
        assertThat(files.text(file)).isEqualTo("Contents");
        files.write(file, 3, "TRACTS AND MORE".getBytes(StandardCharsets.UTF_8));
        assertThat(shown(8 * PAGE, 18)).isEqualTo("ConTRACTS AND MORE");
        files.change(file.node(), Change.none().size(3).of(file));
        assertThat(shown(8 * PAGE, 4)).isEqualTo("Con\0");
        files.release(file);
        window.set(ValueLayout.JAVA_BYTE, 8 * PAGE, (byte) 'c');
        Open again = files.open(file.node(), FuseFiles.READ_WRITE);
        assertThat(files.text(again)).as("stored when nobody had it open").isEqualTo("con");
        files.release(again);
    }

    @Test
    @Clause("5.11.6.4.1#4")
    void aMappingReplacesWhatItOverlaps() {
        Open one = files.create(ROOT, "one");
        files.write(one, 0, new byte[3 * PAGE]);
        files.write(one, PAGE, "one".getBytes(StandardCharsets.UTF_8));
        files.write(one, 2 * PAGE, "1".getBytes(StandardCharsets.UTF_8));
        Open two = files.create(ROOT, "two", "two");
        setUp(one, 0, 3 * PAGE, READ, 0).ok();
        assertThat(shown(PAGE, 3)).isEqualTo("one");
        setUp(two, 0, PAGE, READ | WRITE, PAGE).ok();
        assertThat(shown(PAGE, 3)).isEqualTo("two");
        assertThat(shown(2 * PAGE, 1)).isEqualTo("1");
        setUp(one, PAGE, PAGE, READ, PAGE).ok();
        assertThat(shown(PAGE, 3)).isEqualTo("one");
        assertThat(fuse.share.mappedBytes()).isEqualTo(3 * PAGE);
        assertThat(files.text(two)).isEqualTo("two");
        files.release(one);
        files.release(two);
    }

    @Test
    @Clause("5.11.6.4.1#5")
    void whatGoesBeyondTheWindowIsRefused() {
        Open file = files.create(ROOT, "f", "contents");
        setUp(file, 0, WINDOW + PAGE, READ, 0).failsWith(EINVAL);
        setUp(file, 0, 2 * PAGE, READ, WINDOW - PAGE).failsWith(EINVAL);
        setUp(file, 0, PAGE, READ, WINDOW).failsWith(EINVAL);
        setUp(file, 0, PAGE, READ, -PAGE).failsWith(EINVAL);
        setUp(file, 0, Long.MIN_VALUE, READ, 0).failsWith(EINVAL);
        setUp(file, 0, 1L << 62, READ, 1L << 62).failsWith(EINVAL);
        setUp(file, 0, 0, READ, 0).failsWith(EINVAL);
        remove(0, WINDOW + PAGE).failsWith(EINVAL);
        remove(WINDOW, PAGE).failsWith(EINVAL);
        remove(-PAGE, PAGE).failsWith(EINVAL);
        setUp(file, 0, PAGE, READ, WINDOW - PAGE).ok();
        assertThat(shown(WINDOW - PAGE, 8)).isEqualTo("contents");
        remove(WINDOW - PAGE, PAGE).ok();
        files.release(file);
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        Open file = files.create(ROOT, "f", "contents");
        setUp(file, 1, PAGE, READ, 0).failsWith(EINVAL);
        setUp(file, 0, PAGE + 1, READ, 0).failsWith(EINVAL);
        setUp(file, 0, PAGE, READ, 1).failsWith(EINVAL);
        setUp(file, -PAGE, PAGE, READ, 0).failsWith(EINVAL);
        setUp(file, 0, PAGE, 0, 0).failsWith(EINVAL);
        setUp(file, 0, PAGE, READ | 4, 0).failsWith(EINVAL);
        setUp(file, PAGE, PAGE, READ, 0).failsWith(ENXIO);
        setUp(file.node(), file.handle() + 1, 0, PAGE, READ, 0).failsWith(EBADF);
        fuse.call(SETUPMAPPING, file.node(), Message.empty().u64(file.handle())).failsWith(EINVAL);
        remove().failsWith(EINVAL);
        fuse.call(REMOVEMAPPING, ROOT, Message.empty().u32(2).u64(0).u64(PAGE)).failsWith(EINVAL);
        fuse.call(REMOVEMAPPING, ROOT, Message.empty().u32(-1)).failsWith(EINVAL);
        assertThat(fuse.share.mappedBytes()).isZero();
        Open reader = files.open(file.node(), 0);
        setUp(reader, 0, PAGE, READ | WRITE, 0).failsWith(EACCES);
        setUp(reader, 0, PAGE, READ, 0).ok();
        files.release(reader);
        files.release(file);
    }

    @Test
    void manyRangesAreTakenBackAtOnce() {
        Open file = files.create(ROOT, "f");
        files.write(file, 0, new byte[4 * PAGE]);
        files.write(file, 3 * PAGE, "end".getBytes(StandardCharsets.UTF_8));
        setUp(file, 0, 4 * PAGE, READ | WRITE, 0).ok();
        remove(0, PAGE, 2 * PAGE, PAGE).ok();
        assertThat(fuse.share.mappedBytes()).isEqualTo(2 * PAGE);
        assertThat(shown(3 * PAGE, 3)).isEqualTo("end");
        remove(0, WINDOW).ok();
        assertThat(shown(3 * PAGE, 3)).isEqualTo("\0\0\0");
        assertThat(fuse.share.mappedBytes()).isZero();
        files.release(file);
    }

    /** As Linux does it: the node, and no handle. */
    @Test
    void aFileThatNobodyHasOpenIsMappedIfTheCallerMayOpenIt() {
        Open file = files.create(ROOT, "f", "contents");
        files.release(file);
        setUp(file.node(), -1, 0, PAGE, READ | WRITE, 0).ok();
        assertThat(shown(0, 8)).isEqualTo("contents");
        remove(0, PAGE).ok();
        files.change(file.node(), Change.none().mode(0400));
        int user = fuse.user();
        fuse.as(user + 1);
        setUp(file.node(), -1, 0, PAGE, READ, 0).failsWith(EACCES);
        fuse.as(user);
        assertThat(fuse.share.openHandles()).isZero();
    }

    @Test
    void aNewSessionBeginsWithAnEmptyWindow() {
        Open file = files.create(ROOT, "f", "contents");
        setUp(file, 0, PAGE, READ, 0).ok();
        fuse.init(RawFuse.NEWEST, MAP_ALIGNMENT).ok();
        assertThat(shown(0, 8)).isEqualTo("\0\0\0\0\0\0\0\0");
        assertThat(fuse.share.mappedBytes()).isZero();
        files = new FuseFiles(fuse);
    }

    @Test
    void aMappedFileIsAnyOtherFile() {
        Open file = files.create(ROOT, "f", "contents");
        setUp(file, 0, PAGE, READ | WRITE, 0).ok();
        files.write(file, 100_000, "far".getBytes(StandardCharsets.UTF_8));
        assertThat(files.stat(file).size()).isEqualTo(100_003);
        assertThat(files.read(file, 99_998, 10))
                .isEqualTo("\0\0far".getBytes(StandardCharsets.UTF_8));
        assertThat(files.read(file, 100_003, 10)).isEmpty();
        // FALLOCATE: punch a hole, and keep the size
        fuse.call(43, file.node(), Message.empty().u64(file.handle()).u64(1).u64(3).u32(3).u32(0))
                .ok();
        assertThat(shown(0, 8)).isEqualTo("c\0\0\0ents");
        fuse.call(
                        43,
                        file.node(),
                        Message.empty().u64(file.handle()).u64(0).u64(200_000).u32(0).u32(0))
                .ok();
        assertThat(files.stat(file).size()).isEqualTo(200_000);
        // LSEEK: all of it is data
        Reply data =
                fuse.call(
                        46,
                        file.node(),
                        Message.empty().u64(file.handle()).u64(50_000).u32(3).u32(0));
        assertThat(data.ok().u64()).isEqualTo(50_000);
        files.change(file.node(), Change.none().size(2).of(file));
        assertThat(files.read(file, 0, 10)).isEqualTo(new byte[] {'c', 0});
        assertThat(shown(0, 8)).isEqualTo("c\0\0\0\0\0\0\0");
        assertThat(files.unlink(ROOT, "f").ok().left()).isZero();
        assertThat(files.read(file, 0, 10)).hasSize(2);
        files.release(file);
        assertThat(shown(0, 1)).as("it is mapped still").isEqualTo("c");
    }

    @Test
    void aShareThatIsOnlyReadIsNotMappedToBeWritten() throws IOException {
        try (RawFuse reader =
                RawFuse.mounted(
                        share.serve(directory).withWindow(WINDOW).readOnly(), share.ring(), 0)) {
            reader.call(
                            SETUPMAPPING,
                            ROOT,
                            Message.empty().u64(-1).u64(0).u64(PAGE).u64(WRITE | READ).u64(0))
                    .failsWith(EROFS);
        }
    }

    @Test
    void aFileInMemoryThatIsMappedTakesAllOfItsRoom() {
        try (RawFuse small =
                RawFuse.mounted(
                        SimDevice.fileSystem(100 * PAGE).withWindow(WINDOW), share.ring(), 0)) {
            FuseFiles sparse = new FuseFiles(small);
            Open file = sparse.create(ROOT, "f");
            sparse.change(file.node(), Change.none().size(101 * PAGE).of(file));
            Message whole = Message.empty().u64(file.handle()).u64(0).u64(PAGE).u64(READ).u64(0);
            small.call(SETUPMAPPING, file.node(), whole).failsWith(ENOSPC);
            assertThat(sparse.stat(file).blocks()).isZero();
            sparse.change(file.node(), Change.none().size(60 * PAGE).of(file));
            small.call(SETUPMAPPING, file.node(), whole).ok();
            assertThat(sparse.stat(file).blocks()).isEqualTo(60 * PAGE / 512);
            assertThat(
                            sparse.tryChange(file.node(), Change.none().size(101 * PAGE).of(file))
                                    .error())
                    .isEqualTo(ENOSPC);
            sparse.tryWrite(file, 100 * PAGE, new byte[1]).failsWith(ENOSPC);
            assertThat(sparse.tryWrite(file, 99 * PAGE, new byte[2 * PAGE]).ok().u32())
                    .as("as much as there is room for")
                    .isEqualTo(PAGE);
            sparse.change(file.node(), Change.none().size(PAGE).of(file));
            assertThat(sparse.stat(file).blocks()).isEqualTo(PAGE / 512);
            sparse.release(file);
        }
    }

    @Test
    void aWindowHasWholePages() throws IOException {
        for (long bytes : new long[] {0, -PAGE, 100, PAGE + 1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> share.serve(directory).withWindow(bytes))
                    .withMessageContaining("a window of %d bytes".formatted(bytes));
        }
    }
}
