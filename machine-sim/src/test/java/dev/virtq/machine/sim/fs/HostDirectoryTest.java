package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.fs.FuseFiles.Change;
import dev.virtq.machine.sim.fs.FuseFiles.Entry;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import dev.virtq.machine.sim.fs.RawFuse.Ring;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A directory of the host behind the simulated device: nothing leads out of it. */
@Timeout(30)
class HostDirectoryTest {
    private static final int EINVAL = 22;
    private static final int ENOTDIR = 20;
    private static final int ESTALE = 116;

    @TempDir Path temporary;
    private Path root = Path.of("");
    private Path outside = Path.of("");
    private RawFuse fuse = open();
    private FuseFiles files = new FuseFiles(fuse);

    /** Until the directory is there. */
    private static RawFuse open() {
        return RawFuse.mounted(SimDevice.fileSystem(), Ring.PACKED, 0);
    }

    @BeforeEach
    void share() throws IOException {
        fuse.close();
        outside = Files.createDirectory(temporary.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "secret");
        root = Files.createDirectory(temporary.resolve("root")).toRealPath();
        fuse = Share.HOST_PACKED.mount(root);
        files = new FuseFiles(fuse);
    }

    @AfterEach
    void close() {
        try (RawFuse used = fuse) {
            assertThat(used.fault()).isEqualTo("none");
        }
    }

    @Test
    void whatIsWrittenIsInTheDirectory() throws IOException {
        Entry dir = files.mkdir(ROOT, "dir");
        Open file = files.create(dir.node(), "file", "text");
        assertThat(root.resolve("dir/file")).hasContent("text");
        assertThat(Files.getAttribute(root.resolve("dir/file"), "unix:ino"))
                .isEqualTo(file.stat().inode());
        files.release(file);
    }

    @Test
    void whatOthersWriteIsSeen() throws IOException {
        Files.writeString(root.resolve("new"), "theirs");
        Open file = files.open(files.lookup(ROOT, "new").node(), FuseFiles.READ_ONLY);
        assertThat(files.text(file)).isEqualTo("theirs");
        Files.writeString(root.resolve("new"), "theirs, changed");
        assertThat(files.text(file)).isEqualTo("theirs, changed");
        Files.delete(root.resolve("new"));
        assertThat(files.text(file)).isEqualTo("theirs, changed");
        assertThat(files.stat(file).links()).isZero();
        files.release(file);
        fuse.call(3, file.node(), Message.empty().u32(0).u32(0).u64(0)).failsWith(ESTALE);
    }

    @Test
    void noNameLeadsOut() {
        for (String name : List.of("..", "../outside", "../outside/secret", "/etc/passwd", "/")) {
            files.tryLookup(ROOT, name).failsWith(EINVAL);
            files.tryCreate(ROOT, name, FuseFiles.READ_WRITE, 0644).failsWith(EINVAL);
            files.rename(ROOT, "x", ROOT, name).failsWith(EINVAL);
        }
        assertThat(outside.resolve("secret")).hasContent("secret");
    }

    @Test
    void noLinkIsFollowed() throws IOException {
        Files.createSymbolicLink(root.resolve("dir"), outside);
        Files.createSymbolicLink(root.resolve("file"), outside.resolve("secret"));
        Entry dir = files.lookup(ROOT, "dir");
        assertThat(dir.stat().type()).isEqualTo(0120000);
        assertThat(fuse.call(5, dir.node(), Message.empty()).ok().rest())
                .asString(UTF_8)
                .isEqualTo(outside.toString());
        files.tryLookup(dir.node(), "secret").failsWith(ENOTDIR);
        files.tryCreate(dir.node(), "mine", FuseFiles.READ_WRITE, 0644).failsWith(ENOTDIR);
        fuse.call(27, dir.node(), Message.empty().u32(0).u32(0)).failsWith(ENOTDIR);
        Entry file = files.lookup(ROOT, "file");
        files.tryOpen(file.node(), FuseFiles.READ_WRITE).failsWith(40);
        files.tryCreate(ROOT, "file", FuseFiles.READ_WRITE | FuseFiles.TRUNCATE, 0644)
                .failsWith(40);
        files.tryChange(file.node(), Change.none().size(0)).failsWith(6);
        files.tryChange(file.node(), Change.none().mode(0777)).failsWith(95);
        if (fuse.user() == 0) {
            files.change(file.node(), Change.none().owner(1234, 1234));
        }
        assertThat(Share.owner(outside.resolve("secret"))).isEqualTo(fuse.user());
        files.unlink(ROOT, "file").ok();
        files.unlink(ROOT, "dir").ok();
        assertThat(outside.resolve("secret")).hasContent("secret");
    }

    @Test
    void aDirectoryThatHasBecomeALinkLeadsNowhere() throws IOException {
        Entry dir = files.mkdir(ROOT, "dir");
        Entry inner = files.mkdir(dir.node(), "inner");
        Files.createDirectory(outside.resolve("inner"));
        Files.writeString(outside.resolve("inner/secret"), "secret");
        Files.move(root.resolve("dir"), temporary.resolve("away"));
        Files.createSymbolicLink(root.resolve("dir"), outside);
        files.tryLookup(dir.node(), "secret").failsWith(ESTALE);
        files.tryLookup(inner.node(), "secret").failsWith(ESTALE);
        files.tryCreate(inner.node(), "mine", FuseFiles.READ_WRITE, 0644).failsWith(ESTALE);
        files.unlink(inner.node(), "secret").failsWith(ESTALE);
        assertThat(outside.resolve("inner/secret")).hasContent("secret");
        assertThat(outside.resolve("inner/mine")).doesNotExist();
    }

    @Test
    void aFileThatWasReplacedIsNotTheOneThatWasLookedUp() throws IOException {
        Files.writeString(root.resolve("f"), "first");
        Entry first = files.lookup(ROOT, "f");
        Files.writeString(root.resolve("g"), "second");
        Files.move(root.resolve("f"), temporary.resolve("away"));
        Files.move(root.resolve("g"), root.resolve("f"));
        files.tryOpen(first.node(), FuseFiles.READ_ONLY).failsWith(ESTALE);
        assertThat(files.lookup(ROOT, "f").node()).isNotEqualTo(first.node());
    }

    @Test
    void aPipeIsNotOpened() throws Exception {
        Process made = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start();
        assertThat(made.waitFor()).isZero();
        Entry pipe = files.lookup(ROOT, "pipe");
        assertThat(pipe.stat().type()).isEqualTo(0010000);
        files.tryOpen(pipe.node(), FuseFiles.READ_ONLY).failsWith(6);
        files.tryCreate(ROOT, "pipe", FuseFiles.READ_WRITE, 0644).failsWith(6);
        assertThat(files.change(pipe.node(), Change.none().mode(0600)).permissions())
                .isEqualTo(0600);
        files.tryChange(pipe.node(), Change.none().timesNow()).failsWith(95);
        files.unlink(ROOT, "pipe").ok();
    }

    @Test
    void aClosedMachineHasNoFileOpen() throws IOException {
        files.create(ROOT, "left-open", "text");
        assertThat(openFiles()).isEqualTo(1);
        fuse.machine.close();
        assertThat(openFiles()).isZero();
    }

    private long openFiles() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : all) {
                if (Files.exists(each) && Files.readSymbolicLink(each).startsWith(root)) {
                    count++;
                }
            }
        }
        return count;
    }

    @Test
    void whatCannotBeServedIsRefused() throws IOException {
        Path file = Files.createFile(temporary.resolve("file"));
        assertThatThrownBy(() -> SimDevice.fileSystem(file))
                .isInstanceOf(NotDirectoryException.class);
        assertThatThrownBy(() -> SimDevice.fileSystem(temporary.resolve("nothing")))
                .isInstanceOf(NoSuchFileException.class);
    }
}
