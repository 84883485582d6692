package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.fs.FuseFiles.Entry;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Names that are moved and exchanged on the simulated device, over both rings. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Share.class)
class RenamingTest extends MountedShare {
    private static final int ENOENT = 2;
    private static final int EEXIST = 17;
    private static final int ENOTDIR = 20;
    private static final int EISDIR = 21;
    private static final int EINVAL = 22;
    private static final int ENOTEMPTY = 39;

    private static final int NO_REPLACE = 1;
    private static final int EXCHANGE = 2;

    RenamingTest(Share share) {
        super(share);
    }

    @Test
    void aFileIsRenamedOverAnother() {
        Entry dir = files.mkdir(ROOT, "dir");
        touch(ROOT, "a", "A");
        touch(dir.node(), "b", "B");
        long moved = files.lookup(ROOT, "a").node();
        files.rename(ROOT, "a", dir.node(), "b").ok();
        files.tryLookup(ROOT, "a").failsWith(ENOENT);
        assertThat(files.lookup(dir.node(), "b").node()).isEqualTo(moved);
        assertThat(contents(dir.node(), "b")).isEqualTo("A");
        files.rename(ROOT, "nothing", ROOT, "x").failsWith(ENOENT);
        files.rename(dir.node(), "b", ROOT, "dir").failsWith(ENOTEMPTY); // it is in there
        files.mkdir(ROOT, "empty");
        files.rename(dir.node(), "b", ROOT, "empty").failsWith(EISDIR);
    }

    @Test
    void aDirectoryIsRenamedOverAnEmptyOneOnly() {
        Entry a = files.mkdir(ROOT, "a");
        Entry b = files.mkdir(ROOT, "b");
        touch(a.node(), "file", "1");
        touch(b.node(), "file", "2");
        files.rename(ROOT, "a", ROOT, "b").failsWith(ENOTEMPTY);
        files.unlink(b.node(), "file").ok();
        files.rename(ROOT, "a", ROOT, "b").ok();
        assertThat(files.lookup(ROOT, "b").node()).isEqualTo(a.node());
        assertThat(contents(a.node(), "file")).isEqualTo("1");
        touch(ROOT, "f", "");
        files.rename(ROOT, "b", ROOT, "f").failsWith(ENOTDIR);
        Entry deep = files.mkdir(a.node(), "deep");
        files.rename(ROOT, "b", deep.node(), "loop").failsWith(EINVAL);
    }

    @Test
    void twoNamesOfOneFileStayWhenOneIsRenamedToTheOther() {
        Open file = files.create(ROOT, "one");
        files.link(file.node(), ROOT, "two").ok();
        files.rename(ROOT, "one", ROOT, "two").ok();
        assertThat(files.lookup(ROOT, "one").node()).isEqualTo(file.node());
        assertThat(files.lookup(ROOT, "two").node()).isEqualTo(file.node());
        files.release(file);
    }

    @Test
    void renamingMayRefuseToReplace() {
        touch(ROOT, "a", "A");
        touch(ROOT, "b", "B");
        files.rename2(ROOT, "a", ROOT, "b", NO_REPLACE).failsWith(EEXIST);
        files.rename2(ROOT, "a", ROOT, "c", NO_REPLACE).ok();
        assertThat(contents(ROOT, "c")).isEqualTo("A");
        files.rename2(ROOT, "c", ROOT, "b", 0).ok();
        assertThat(contents(ROOT, "b")).isEqualTo("A");
        files.rename2(ROOT, "b", ROOT, "x", NO_REPLACE | EXCHANGE).failsWith(EINVAL);
    }

    @Test
    void twoFilesExchangeTheirNames() {
        Entry dir = files.mkdir(ROOT, "dir");
        Entry inside = files.mkdir(dir.node(), "inside");
        touch(ROOT, "file", "F");
        long file = files.lookup(ROOT, "file").node();
        files.rename2(ROOT, "file", dir.node(), "inside", EXCHANGE).ok();
        assertThat(files.lookup(ROOT, "file").node()).isEqualTo(inside.node());
        assertThat(files.lookup(dir.node(), "inside").node()).isEqualTo(file);
        assertThat(files.list(ROOT, 4096).keySet())
                .containsExactlyInAnyOrder(".", "..", "dir", "file");
        files.rename2(ROOT, "file", ROOT, "nothing", EXCHANGE).failsWith(ENOENT);
        files.rename2(dir.node(), "inside", ROOT, "dir", EXCHANGE).failsWith(EINVAL);
    }
}
