package dev.virtq.machine.sim.fs;

import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is served, and over which ring. */
enum Share {
    MEMORY_SPLIT,
    MEMORY_PACKED,
    HOST_SPLIT,
    HOST_PACKED;

    RawFuse.Ring ring() {
        return this == MEMORY_SPLIT || this == HOST_SPLIT
                ? RawFuse.Ring.SPLIT
                : RawFuse.Ring.PACKED;
    }

    boolean isOfTheHost() {
        return this == HOST_SPLIT || this == HOST_PACKED;
    }

    /** {@return a driver that has said INIT, as a user who may write there} */
    RawFuse mount(Path directory) throws IOException {
        RawFuse fuse = RawFuse.mounted(serve(directory), ring(), 0);
        return isOfTheHost() ? fuse.as(owner(directory)) : fuse;
    }

    /** {@return who has a file: of one that this process has made, its own user} */
    static int owner(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:uid");
    }

    SimFileSystem serve(Path directory) throws IOException {
        return isOfTheHost() ? SimDevice.fileSystem(directory) : SimDevice.fileSystem();
    }
}
