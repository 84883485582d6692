package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.fs.FuseFiles.Entry;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Names and directories of the simulated device, in memory and of the host, over both rings. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Share.class)
class DirectoryOperationsTest extends MountedShare {
    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EBADF = 9;
    private static final int EEXIST = 17;
    private static final int ENOTDIR = 20;
    private static final int EISDIR = 21;
    private static final int EINVAL = 22;
    private static final int ENAMETOOLONG = 36;
    private static final int ENOTEMPTY = 39;

    DirectoryOperationsTest(Share share) {
        super(share);
    }

    @Test
    void aDirectoryIsMadeAndRemoved() {
        Entry made = files.mkdir(ROOT, "dir");
        assertThat(made.stat().mode()).isEqualTo(040755);
        assertThat(files.lookup(ROOT, "dir").node()).isEqualTo(made.node());
        fuse.call(9, ROOT, Message.empty().u32(0755).u32(0).name("dir")).failsWith(EEXIST);
        touch(made.node(), "file", "x");
        files.rmdir(ROOT, "dir").failsWith(ENOTEMPTY);
        files.unlink(ROOT, "dir").failsWith(EISDIR);
        files.rmdir(made.node(), "file").failsWith(ENOTDIR);
        files.unlink(made.node(), "file").ok();
        files.rmdir(ROOT, "dir").ok();
        files.tryLookup(ROOT, "dir").failsWith(ENOENT);
        files.rmdir(ROOT, "dir").failsWith(ENOENT);
    }

    @Test
    void nothingIsFoundInAFile() {
        Open file = files.create(ROOT, "file");
        files.tryLookup(file.node(), "x").failsWith(ENOTDIR);
        files.tryCreate(file.node(), "x", FuseFiles.READ_WRITE, 0644).failsWith(ENOTDIR);
        fuse.call(27, file.node(), Message.empty().u32(0).u32(0)).failsWith(ENOTDIR);
        files.release(file);
    }

    @Test
    void allNamesAreListedInPiecesOfAnySize() {
        List<String> expected = new ArrayList<>(List.of(".", ".."));
        for (int i = 0; i < 60; i++) {
            String name = "n".repeat(1 + i) + i;
            expected.add(name);
            touch(ROOT, name, "");
        }
        files.mkdir(ROOT, "d");
        files.symlink(ROOT, "l", "t");
        expected.addAll(List.of("d", "l"));
        for (int size : new int[] {100, 257, 4096, 60_000}) {
            Map<String, Integer> names = files.list(ROOT, size);
            assertThat(names.keySet()).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(names).containsEntry("n0", 8).containsEntry("d", 4).containsEntry("l", 10);
        }
        long handle = files.opendir(ROOT);
        files.readdir(28, ROOT, handle, 0, 24).failsWith(EINVAL); // no room for any
        files.readdir(28, ROOT, handle, 1 << 20, 4096).failsWith(EINVAL);
        files.readdir(28, ROOT, handle + 1, 0, 4096).failsWith(EBADF);
        fuse.call(30, ROOT, Message.empty().u64(handle).u32(0).u32(0)).ok();
        files.releasedir(ROOT, handle);
        files.readdir(28, ROOT, handle, 0, 4096).failsWith(EBADF);
    }

    @Test
    void namesAreListedWithWhatTheyStandForAndEachCountsAsALookup() {
        Entry inside = files.mkdir(ROOT, "dir");
        touch(inside.node(), "file", "12345");
        files.forgetAll();
        long node = files.lookup(ROOT, "dir").node();
        long handle = files.opendir(node);
        Reply reply = files.readdir(44, node, handle, 0, 4096).ok();
        List<String> names = new ArrayList<>();
        List<Entry> found = new ArrayList<>();
        while (reply.left() > 0) {
            Entry entry = Entry.read(reply);
            reply.skip(16);
            int length = reply.u32();
            reply.skip(4);
            names.add(new String(reply.bytes(length), StandardCharsets.UTF_8));
            reply.skip(-length & 7);
            if (names.getLast().startsWith(".")) {
                assertThat(entry.node()).as("not looked up").isZero();
            } else {
                found.add(entry);
            }
        }
        assertThat(names).containsExactly(".", "..", "file");
        assertThat(found.getFirst().stat().size()).isEqualTo(5);
        assertThat(fuse.share.lookupCount(found.getFirst().node())).isEqualTo(1);
        assertThat(files.lookup(node, "file").node()).isEqualTo(found.getFirst().node());
        assertThat(fuse.share.lookupCount(found.getFirst().node())).isEqualTo(2);
        files.releasedir(node, handle);
    }

    @Test
    void aLinkPointsWhereItWasPointedAt() {
        Entry link = files.symlink(ROOT, "link", "../some/where");
        assertThat(link.stat().type()).isEqualTo(0120000);
        assertThat(fuse.call(5, link.node(), Message.empty()).ok().rest())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("../some/where");
        fuse.call(5, ROOT, Message.empty()).failsWith(EINVAL);
        fuse.call(6, ROOT, Message.of("link").name("x")).failsWith(EEXIST);
        files.unlink(ROOT, "link").ok();
    }

    @Test
    void aFileHasAsManyNamesAsItIsGiven() {
        Open file = files.create(ROOT, "one", "text");
        Entry second = Entry.read(files.link(file.node(), ROOT, "two").ok());
        assertThat(second.node()).isEqualTo(file.node());
        assertThat(second.stat().links()).isEqualTo(2);
        files.link(file.node(), ROOT, "two").failsWith(EEXIST);
        files.unlink(ROOT, "one").ok();
        assertThat(files.stat(file.node()).links()).isEqualTo(1);
        assertThat(contents(ROOT, "two")).isEqualTo("text");
        files.link(files.mkdir(ROOT, "dir").node(), ROOT, "three").failsWith(EPERM);
        files.release(file);
    }

    @Test
    void filesOfOtherKindsAreMadeWhereThatIsPossible() {
        Reply regular = mknod(ROOT, "file", 0100640, 0).ok();
        assertThat(Entry.read(regular).stat().mode()).isEqualTo(0100640);
        mknod(ROOT, "file", 0100640, 0).failsWith(EEXIST);
        Reply pipe = mknod(ROOT, "pipe", 0010600, 0);
        Reply device = mknod(ROOT, "device", 0020600, 0x0103);
        if (share.isOfTheHost()) { // the JDK makes none
            pipe.failsWith(EPERM);
            device.failsWith(EPERM);
        } else {
            Stat made = Entry.read(device.ok()).stat();
            assertThat(made.type()).isEqualTo(0020000);
            assertThat(made.device()).isEqualTo(0x0103);
            assertThat(Entry.read(pipe.ok()).stat().type()).isEqualTo(0010000);
        }
        mknod(ROOT, "dir", 0040755, 0).failsWith(EPERM);
    }

    private Reply mknod(long parent, String name, int mode, int device) {
        return fuse.call(8, parent, Message.empty().u32(mode).u32(device).u32(0).u32(0).name(name));
    }

    @Test
    void namesAreBytes() {
        byte[] name = new byte[255];
        for (int i = 0; i < name.length; i++) {
            byte each = (byte) (i + 1);
            name[i] = each == '/' ? (byte) 0xff : each;
        }
        Entry made =
                Entry.read(fuse.call(9, ROOT, Message.empty().u32(0755).u32(0).name(name)).ok());
        Entry found = Entry.read(fuse.call(1, ROOT, Message.empty().name(name)).ok());
        assertThat(found.node()).isEqualTo(made.node());
        long handle = files.opendir(ROOT);
        Reply reply = files.readdir(28, ROOT, handle, 0, 4096).ok();
        List<byte[]> names = new ArrayList<>();
        while (reply.left() > 0) {
            int length = reply.skip(16).u32();
            names.add(reply.skip(4).bytes(length));
            reply.skip(-length & 7);
        }
        assertThat(names.getLast()).isEqualTo(name);
        files.releasedir(ROOT, handle);
        fuse.call(11, ROOT, Message.empty().name(name)).ok();
        byte[] target = {'a', '/', (byte) 0x80, '\n'};
        Entry link = Entry.read(fuse.call(6, ROOT, Message.of("l").name(target)).ok());
        assertThat(fuse.call(5, link.node(), Message.empty()).ok().rest()).isEqualTo(target);
    }

    @Test
    void namesThatAreNoneAreRefused() {
        for (String name : List.of("", ".", "..", "a/b", "/", "../x")) {
            files.tryLookup(ROOT, name).failsWith(EINVAL);
            files.tryCreate(ROOT, name, FuseFiles.READ_WRITE, 0644).failsWith(EINVAL);
            fuse.call(9, ROOT, Message.empty().u32(0755).u32(0).name(name)).failsWith(EINVAL);
            files.unlink(ROOT, name).failsWith(EINVAL);
            files.rename(ROOT, name, ROOT, "x").failsWith(EINVAL);
        }
        files.tryLookup(ROOT, "n".repeat(256)).failsWith(ENAMETOOLONG);
        fuse.call(1, ROOT, Message.empty().bytes(new byte[] {'x'})).failsWith(EINVAL); // no end
    }

    @Test
    void everyLookupIsCountedAndEveryForgettingToo() {
        Entry dir = files.mkdir(ROOT, "dir");
        touch(dir.node(), "f", "");
        long node = files.lookup(dir.node(), "f").node();
        files.lookup(dir.node(), "f");
        assertThat(fuse.share.lookupCount(node)).isEqualTo(3);
        assertThat(fuse.share.lookupCount(dir.node())).isEqualTo(1);
        files.forget(node, 2);
        assertThat(fuse.share.lookupCount(node)).isEqualTo(1);
        files.tryLookup(dir.node(), "nothing").failsWith(ENOENT);
        files.forget(node, 1);
        assertThat(fuse.share.lookups()).containsOnlyKeys(dir.node());
        assertThat(files.lookup(dir.node(), "f").node()).as("a new number").isNotEqualTo(node);
        fuse.call(3, node, Message.empty().u32(0).u32(0).u64(0)).failsWith(116);
    }

    @Test
    void destroyForgetsEverything() {
        Entry dir = files.mkdir(ROOT, "dir");
        files.create(dir.node(), "f");
        fuse.call(38, 0, Message.empty()).ok();
        assertThat(fuse.share.lookups()).isEmpty();
        assertThat(fuse.share.openHandles()).isZero();
        assertThat(fuse.share.minorVersion()).isZero();
        files.tryLookup(ROOT, "dir").failsWith(5);
        fuse.init(RawFuse.NEWEST, 0).ok();
        files.lookup(ROOT, "dir");
    }
}
