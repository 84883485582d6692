package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.fs.FuseFiles.Change;
import dev.virtq.machine.sim.fs.FuseFiles.Entry;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of the simulated device, in memory and of the host, over both rings. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Share.class)
class FileOperationsTest extends MountedShare {
    private static final int ENOENT = 2;
    private static final int ENXIO = 6;
    private static final int EBADF = 9;
    private static final int EEXIST = 17;
    private static final int EISDIR = 21;
    private static final int EINVAL = 22;
    private static final int ELOOP = 40;

    FileOperationsTest(Share share) {
        super(share);
    }

    @Test
    void aNewFileIsWhatItWasMadeAs() {
        Instant before = Instant.now().minusSeconds(1);
        Open file = files.create(ROOT, "new");
        assertThat(file.stat().type()).isEqualTo(0100000);
        assertThat(file.stat().permissions()).isEqualTo(0644);
        assertThat(file.stat().size()).isZero();
        assertThat(file.stat().links()).isEqualTo(1);
        assertThat(file.stat().modified()).isBetween(before, Instant.now().plusSeconds(1));
        assertThat(files.lookup(ROOT, "new").node()).isEqualTo(file.node());
        files.release(file);
    }

    @Test
    void theMaskTakesPermissionsAway() {
        Open file = open(files.tryCreate(ROOT, "masked", FuseFiles.READ_WRITE, 0666));
        assertThat(file.stat().permissions()).isEqualTo(0644);
        files.release(file);
    }

    private static Open open(Reply reply) {
        Entry entry = Entry.read(reply.ok());
        return new Open(entry.node(), reply.u64(), entry.stat());
    }

    @Test
    void whatIsThereIsOpenedByCreateUnlessItHasToBeNew() {
        Open first = files.create(ROOT, "a", "contents");
        files.tryCreate(ROOT, "a", FuseFiles.READ_WRITE | FuseFiles.EXCLUSIVE, 0600)
                .failsWith(EEXIST);
        Open again = open(files.tryCreate(ROOT, "a", FuseFiles.READ_WRITE, 0600));
        assertThat(again.node()).isEqualTo(first.node());
        assertThat(files.text(again)).isEqualTo("contents");
        Open emptied =
                open(files.tryCreate(ROOT, "a", FuseFiles.READ_WRITE | FuseFiles.TRUNCATE, 0600));
        assertThat(emptied.stat().size()).isZero();
        files.release(first);
        files.release(again);
        files.release(emptied);
    }

    @Test
    void whatIsWrittenIsRead() {
        Open file = files.create(ROOT, "f");
        byte[] data = new byte[60_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 31 + (i >> 8));
        }
        files.write(file, 0, data);
        assertThat(files.read(file, 0, 60_000)).isEqualTo(data);
        assertThat(files.read(file, 4095, 10)).isEqualTo(Arrays.copyOfRange(data, 4095, 4105));
        assertThat(files.read(file, 59_990, 100)).as("to the end").hasSize(10);
        assertThat(files.read(file, 60_000, 100)).as("at the end").isEmpty();
        assertThat(files.read(file, 1L << 40, 100)).as("far behind it").isEmpty();
        files.write(file, 100_000, new byte[] {1});
        assertThat(files.read(file, 80_000, 10)).as("never written").containsOnly(0);
        assertThat(files.stat(file.node()).size()).isEqualTo(100_001);
        files.release(file);
        Open later = files.open(file.node(), FuseFiles.READ_ONLY);
        assertThat(files.read(later, 0, 60_000)).isEqualTo(data);
        files.release(later);
    }

    @Test
    void whatIsNotOpenForItIsNeitherReadNorWritten() {
        Open file = files.create(ROOT, "f", "text");
        Open reader = files.open(file.node(), FuseFiles.READ_ONLY);
        Open writer = files.open(file.node(), FuseFiles.WRITE_ONLY);
        files.tryWrite(reader, 0, new byte[1]).failsWith(EBADF);
        files.tryRead(writer, 0, 1).failsWith(EBADF);
        files.tryRead(new Open(file.node(), 4711, file.stat()), 0, 1).failsWith(EBADF);
        files.tryRead(new Open(ROOT, file.handle(), file.stat()), 0, 1).failsWith(EBADF);
        files.release(file);
        files.release(reader);
        files.release(writer);
        files.tryRead(file, 0, 1).failsWith(EBADF);
    }

    @Test
    void aWriteThatIsNotAsLongAsItSaysFails() {
        Open file = files.create(ROOT, "f");
        fuse.call(
                        16,
                        file.node(),
                        Message.empty()
                                .u64(file.handle())
                                .u64(0)
                                .u32(100)
                                .u32(0)
                                .u64(0)
                                .u64(0)
                                .zeros(99))
                .failsWith(EINVAL);
        files.tryWrite(file, -1, new byte[1]).failsWith(EINVAL);
        files.release(file);
    }

    @Test
    void whatIsAppendedGoesToTheEnd() {
        Open file = files.create(ROOT, "f", "one");
        Open end = files.open(file.node(), FuseFiles.WRITE_ONLY | FuseFiles.APPEND);
        files.write(end, 0, "two".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(files.text(file)).isEqualTo("onetwo");
        files.release(end);
        files.release(file);
    }

    @Test
    void openingEmptiesAFileWhenThatIsAskedFor() {
        Open file = files.create(ROOT, "f", "text");
        Open emptied = files.open(file.node(), FuseFiles.READ_WRITE | FuseFiles.TRUNCATE);
        assertThat(files.stat(file.node()).size()).isZero();
        files.release(emptied);
        files.release(file);
    }

    @Test
    void aFileWithoutANameIsReadAndWrittenWhileItIsOpen() {
        Open file = files.create(ROOT, "f", "still here");
        files.unlink(ROOT, "f").ok();
        files.tryLookup(ROOT, "f").failsWith(ENOENT);
        assertThat(files.text(file)).isEqualTo("still here");
        files.write(file, 6, "there".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(files.stat(file).links()).isZero();
        assertThat(files.stat(file).size()).isEqualTo(11);
        assertThat(files.change(file.node(), Change.none().size(5).of(file)).size()).isEqualTo(5);
        assertThat(files.text(file)).isEqualTo("still");
        Open other = files.create(ROOT, "f", "another");
        assertThat(other.node()).isNotEqualTo(file.node());
        assertThat(files.text(file)).isEqualTo("still");
        files.release(file);
        files.release(other);
    }

    @Test
    void aSizeIsChangedBothWays() {
        Open file = files.create(ROOT, "f", "0123456789");
        assertThat(files.change(file.node(), Change.none().size(4)).size()).isEqualTo(4);
        assertThat(files.change(file.node(), Change.none().size(8)).size()).isEqualTo(8);
        assertThat(files.text(file)).isEqualTo("0123\0\0\0\0");
        assertThat(files.change(file.node(), Change.none().size(2).of(file)).size()).isEqualTo(2);
        files.tryChange(file.node(), Change.none().size(-1)).failsWith(EINVAL);
        files.tryChange(ROOT, Change.none().size(0)).failsWith(EISDIR);
        files.release(file);
    }

    @Test
    void flushFsyncAndSyncfsSucceed() {
        Open file = files.create(ROOT, "f", "x");
        fuse.call(25, file.node(), Message.empty().u64(file.handle()).u64(0).u64(7)).ok();
        fuse.call(20, file.node(), Message.empty().u64(file.handle()).u32(0).u32(0)).ok();
        fuse.call(20, file.node(), Message.empty().u64(file.handle()).u32(1).u32(0)).ok();
        fuse.call(20, file.node(), Message.empty().u64(4711).u32(0).u32(0)).failsWith(EBADF);
        fuse.call(50, ROOT, Message.empty().u64(0)).ok();
        files.release(file);
    }

    @Test
    void spaceIsAllocatedAndPunchedAndTheRestReadsAsBefore() {
        Open file = files.create(ROOT, "f", "x".repeat(10_000));
        fallocate(file, 0, 0, 20_000).ok();
        assertThat(files.stat(file.node()).size()).isEqualTo(20_000);
        assertThat(files.read(file, 0, 10_000)).containsOnly('x');
        assertThat(files.read(file, 10_000, 10_000)).hasSize(10_000).containsOnly(0);
        fallocate(file, 3, 1000, 8000).ok();
        assertThat(files.read(file, 0, 1000)).containsOnly('x');
        assertThat(files.read(file, 1000, 8000)).containsOnly(0);
        assertThat(files.read(file, 9000, 1000)).containsOnly('x');
        fallocate(file, 3, 19_000, 8000).ok();
        assertThat(files.stat(file.node()).size()).as("kept").isEqualTo(20_000);
        fallocate(file, 0, 0, 0).failsWith(EINVAL);
        fallocate(file, 8, 0, 4096).failsWith(95); // COLLAPSE_RANGE
        files.release(file);
    }

    private Reply fallocate(Open file, int mode, long offset, long length) {
        return fuse.call(
                43,
                file.node(),
                Message.empty().u64(file.handle()).u64(offset).u64(length).u32(mode).u32(0));
    }

    @Test
    void dataAndHolesAreFound() {
        Open file = files.create(ROOT, "f");
        files.write(file, 1 << 20, new byte[] {1});
        long size = (1 << 20) + 1;
        long hole = seek(file, 0, 4).ok().u64();
        long data = seek(file, 0, 3).ok().u64();
        if (share.isOfTheHost()) { // it is all data, as any file system may say
            assertThat(hole).isEqualTo(size);
            assertThat(data).isZero();
        } else {
            assertThat(hole).isZero();
            assertThat(data).isEqualTo(1 << 20);
        }
        assertThat(seek(file, 1 << 20, 4).ok().u64()).as("the end").isEqualTo(size);
        seek(file, size, 3).failsWith(ENXIO);
        seek(file, 0, 7).failsWith(EINVAL);
        files.release(file);
    }

    private Reply seek(Open file, long offset, int whence) {
        return fuse.call(
                46, file.node(), Message.empty().u64(file.handle()).u64(offset).u32(whence).u32(0));
    }

    @Test
    void bytesAreCopiedBetweenFiles() {
        Open from = files.create(ROOT, "from", "0123456789".repeat(20_000 / 10));
        Open to = files.create(ROOT, "to", "abc");
        assertThat(copy(47, from, 5, to, 1, 10, 0).ok().u32()).isEqualTo(10);
        assertThat(files.text(to)).isEqualTo("a5678901234");
        assertThat(copy(53, from, 0, to, 0, 1L << 33, 0).ok().u64()).isEqualTo(20_000);
        assertThat(files.text(to)).isEqualTo(files.text(from));
        assertThat(copy(53, from, 20_000, to, 0, 10, 0).ok().u64()).as("the end").isZero();
        copy(47, from, 0, to, 0, 1, 1).failsWith(EINVAL);
        copy(47, from, 0, from, 5, 10, 0).failsWith(EINVAL); // onto itself
        files.release(from);
        files.release(to);
    }

    private Reply copy(
            int opcode, Open from, long at, Open to, long there, long length, int flags) {
        return fuse.call(
                opcode,
                from.node(),
                Message.empty()
                        .u64(from.handle())
                        .u64(at)
                        .u64(to.node())
                        .u64(to.handle())
                        .u64(there)
                        .u64(length)
                        .u64(flags));
    }

    @Test
    void onlyRegularFilesAreOpenedAsFiles() {
        Entry link = files.symlink(ROOT, "link", "target");
        files.tryOpen(link.node(), FuseFiles.READ_ONLY).failsWith(ELOOP);
        Entry inside = files.mkdir(ROOT, "dir");
        files.tryOpen(inside.node(), FuseFiles.READ_ONLY).failsWith(EISDIR);
        files.tryOpen(4711, FuseFiles.READ_ONLY).failsWith(116);
    }
}
