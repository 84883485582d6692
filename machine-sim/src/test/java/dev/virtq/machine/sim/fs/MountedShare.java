package dev.virtq.machine.sim.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.fs.FuseFiles.Open;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A share that a test asks, and of which it leaves nothing open. */
abstract class MountedShare {
    @TempDir Path directory;
    RawFuse fuse;
    FuseFiles files;
    final Share share;

    MountedShare(Share share) {
        this.share = share;
    }

    @BeforeEach
    void mount() throws IOException {
        fuse = share.mount(directory);
        files = new FuseFiles(fuse);
    }

    @AfterEach
    void nothingIsLeft() {
        try (RawFuse used = fuse) {
            files.forgetAll();
            assertThat(used.share.openHandles()).as("open").isZero();
            assertThat(used.fault()).isEqualTo("none");
        }
    }

    void touch(long parent, String name, String contents) {
        files.release(files.create(parent, name, contents));
    }

    String contents(long parent, String name) {
        Open file = files.open(files.lookup(parent, name).node(), FuseFiles.READ_ONLY);
        String text = files.text(file);
        files.release(file);
        return text;
    }
}
