package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.fs.FuseFiles.Change;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is known of files of the simulated device, and who may do what with them. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Share.class)
class FileAttributesTest extends MountedShare {
    private static final int EEXIST = 17;
    private static final int EINVAL = 22;

    FileAttributesTest(Share share) {
        super(share);
    }

    @Test
    void modeOwnerAndTimesAreChanged() {
        Open file = files.create(ROOT, "f");
        Stat changed = files.change(file.node(), Change.none().mode(0100750));
        assertThat(changed.mode()).isEqualTo(0100750);
        if (fuse.user() == 0) {
            changed = files.change(file.node(), Change.none().owner(1234, 567));
            assertThat(changed.user()).isEqualTo(1234);
            assertThat(changed.group()).isEqualTo(567);
        } else {
            files.tryChange(file.node(), Change.none().owner(1234, 567)).failsWith(1);
        }
        Instant time = Instant.ofEpochSecond(1_000_000_000, 123_456_789);
        changed = files.change(file.node(), Change.none().times(time));
        assertThat(changed.accessed()).isEqualTo(time);
        assertThat(changed.modified()).isEqualTo(time);
        assertThat(changed.changed()).isAfter(time);
        assertThat(files.stat(file.node())).isEqualTo(changed);
        changed = files.change(file.node(), Change.none().timesNow());
        assertThat(changed.modified()).isAfter(Instant.now().minusSeconds(60));
        Instant early = Instant.ofEpochSecond(-5, share.isOfTheHost() ? 0 : 1);
        assertThat(files.change(file.node(), Change.none().times(early)).modified())
                .isEqualTo(early);
        files.release(file);
    }

    @Test
    void nanosecondsBeyondASecondAreRefused() {
        Open file = files.create(ROOT, "f");
        fuse.call(
                        4,
                        file.node(),
                        Message.empty().u32(0x30).zeros(52).u32(1_000_000_000).u32(0).zeros(24))
                .failsWith(EINVAL);
        files.release(file);
    }

    @Test
    void privilegesAreTakenAwayWhenSomebodyElseWrites() {
        Open file = files.create(ROOT, "f");
        files.change(file.node(), Change.none().mode(06755));
        assertThat(files.stat(file.node()).permissions()).isEqualTo(06755);
        Stat changed = files.change(file.node(), Change.none().size(1).alsoValid(1 << 11));
        assertThat(changed.permissions()).isEqualTo(0755);
        files.change(file.node(), Change.none().mode(06755));
        fuse.call(
                        16,
                        file.node(),
                        Message.empty()
                                .u64(file.handle())
                                .u64(0)
                                .u32(1)
                                .u32(1 << 2)
                                .u64(0)
                                .u64(0)
                                .zeros(1))
                .ok();
        assertThat(files.stat(file.node()).permissions()).isEqualTo(0755);
        files.release(file);
    }

    @Test
    void statxTellsWhatGetattrTellsAndWhenAFileWasBorn() {
        Open file = files.create(ROOT, "f", "12345");
        Stat stat = files.stat(file.node());
        Reply reply =
                fuse.call(52, file.node(), Message.empty().u32(0).u32(0).u64(0).u32(0).u32(0xfff))
                        .ok();
        assertThat(reply.left()).isEqualTo(288);
        reply.skip(32);
        assertThat(reply.u32()).as("mask").isEqualTo(0xfff);
        reply.skip(12);
        assertThat(reply.u32()).as("links").isEqualTo(1);
        assertThat(reply.u32()).as("user").isEqualTo(fuse.user());
        assertThat(reply.u32()).as("group").isEqualTo(stat.group());
        assertThat(reply.u16()).as("mode").isEqualTo(0100644);
        reply.skip(2);
        assertThat(reply.u64()).as("inode").isEqualTo(stat.inode());
        assertThat(reply.u64()).as("size").isEqualTo(5);
        reply.skip(16);
        Instant accessed = time(reply);
        Instant born = time(reply);
        assertThat(accessed).isEqualTo(stat.accessed());
        assertThat(time(reply)).as("changed").isEqualTo(stat.changed());
        assertThat(time(reply)).as("modified").isEqualTo(stat.modified());
        assertThat(born).isBeforeOrEqualTo(stat.changed()).isAfter(Instant.now().minusSeconds(60));
        files.release(file);
    }

    private static Instant time(Reply reply) {
        Instant time = Instant.ofEpochSecond(reply.u64(), reply.u32());
        reply.skip(4);
        return time;
    }

    @Test
    void whoMayIsToldByAccess() {
        Open file = files.create(ROOT, "f");
        access(file.node(), 6).ok();
        access(file.node(), 1).failsWith(13); // nobody executes it
        access(ROOT, 7).ok();
        int owner = fuse.user();
        fuse.as(54_321);
        access(file.node(), 4).ok();
        access(file.node(), 2).failsWith(13);
        files.tryOpen(file.node(), FuseFiles.READ_WRITE).failsWith(13);
        files.tryChange(file.node(), Change.none().mode(0777)).failsWith(1);
        files.tryChange(file.node(), Change.none().owner(54_321, 54_321)).failsWith(1);
        fuse.as(owner);
        files.release(file);
    }

    private Reply access(long node, int mask) {
        return fuse.call(34, node, Message.empty().u32(mask).u32(0));
    }

    @Test
    void theSpaceIsTold() {
        Reply reply = fuse.call(17, ROOT, Message.empty()).ok();
        assertThat(reply.left()).isEqualTo(80);
        long blocks = reply.u64();
        assertThat(reply.u64()).isBetween(1L, blocks);
        assertThat(reply.u64()).isBetween(1L, blocks);
        reply.skip(16);
        assertThat(reply.u32()).as("bsize").isPositive();
        assertThat(reply.u32()).as("namelen").isEqualTo(255);
        assertThat(reply.u32()).as("frsize").isPositive();
    }

    @Test
    void extendedAttributesAreSetReadListedAndRemoved() {
        Open file = files.create(ROOT, "f");
        long node = file.node();
        assertThat(fuse.call(23, node, Message.empty().u32(0).u32(0)).ok().u32()).isZero();
        setxattr(node, "user.one", "1", 0).ok();
        setxattr(node, "user.two", "", 1).ok();
        setxattr(node, "user.one", "11", 1).failsWith(EEXIST);
        setxattr(node, "user.one", "11", 2).ok();
        setxattr(node, "user.three", "3", 2).failsWith(61); // ENODATA
        assertThat(fuse.call(23, node, Message.empty().u32(0).u32(0)).ok().u32()).isEqualTo(18);
        fuse.call(23, node, Message.empty().u32(17).u32(0)).failsWith(34); // ERANGE
        assertThat(
                        new String(
                                        fuse.call(23, node, Message.empty().u32(100).u32(0))
                                                .ok()
                                                .rest(),
                                        StandardCharsets.ISO_8859_1)
                                .split("\0"))
                .containsExactlyInAnyOrder("user.one", "user.two");
        assertThat(getxattr(node, "user.one", 0).ok().u32()).isEqualTo(2);
        assertThat(getxattr(node, "user.one", 100).ok().rest()).containsExactly('1', '1');
        assertThat(getxattr(node, "user.two", 100).ok().rest()).isEmpty();
        getxattr(node, "user.one", 1).failsWith(34);
        getxattr(node, "user.three", 100).failsWith(61);
        fuse.call(24, node, Message.of("user.one")).ok();
        fuse.call(24, node, Message.of("user.one")).failsWith(61);
        setxattr(node, "system.x", "1", 0).failsWith(95);
        files.release(file);
    }

    private Reply setxattr(long node, String name, String value, int flags) {
        return fuse.call(
                21,
                node,
                Message.empty()
                        .u32(value.length())
                        .u32(flags)
                        .name(name)
                        .bytes(value.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private Reply getxattr(long node, String name, int size) {
        return fuse.call(22, node, Message.empty().u32(size).u32(0).name(name));
    }
}
