package dev.virtq.drivers.fs;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.SimShare;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** The same files behind two devices, each with a window and a driver of its own. */
final class SharedWindow implements AutoCloseable {
    static final long WINDOW = 1 << 20;

    /** Where the files are, and over which ring they are reached. */
    enum Kind {
        MEMORY_SPLIT,
        MEMORY_PACKED,
        HOST_SPLIT,
        HOST_PACKED;

        SimFileSystem files(Path folder) throws IOException {
            return isOfTheHost() ? SimDevice.fileSystem(folder) : SimDevice.fileSystem();
        }

        boolean isOfTheHost() {
            return this == HOST_SPLIT || this == HOST_PACKED;
        }

        MountOptions options() {
            return this == MEMORY_SPLIT || this == HOST_SPLIT
                    ? SimulatedShareTest.Ring.SPLIT.options()
                    : SimulatedShareTest.Ring.PACKED.options();
        }
    }

    final SimMachine machine;
    final VirtioFileSystem share;
    final VirtioFileSystem other;

    private SharedWindow(SimFileSystem files, MountOptions options) throws IOException {
        machine = SimMachine.builder().memory(16L << 20).device(files).device(files).start();
        share = VirtioFileSystem.mount(open(machine, "fs0"), options);
        other = VirtioFileSystem.mount(open(machine, "fs1"), options);
    }

    static SharedWindow of(Kind kind, Path folder) throws IOException {
        return of(kind.files(folder).withWindow(WINDOW), kind.options());
    }

    static SharedWindow of(SimFileSystem files, MountOptions options) throws IOException {
        return new SharedWindow(files, options);
    }

    private static Transport open(SimMachine machine, String name) {
        for (AttachedDevice device : machine.devices()) {
            if (device.name().equals(name)) {
                return device.open();
            }
        }
        throw new AssertionError(name + " is no " + DeviceType.FILE_SYSTEM);
    }

    /** {@return the device's end of the first share} */
    SimShare device() {
        return machine.share("fs0");
    }

    /** {@return a file of the first share, with content that is never the same} */
    Path file(String name, int bytes) throws IOException {
        return Files.write(share.getPath("/" + name), content(name.hashCode(), bytes));
    }

    static byte[] content(long seed, int bytes) {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    static FileChannel readWrite(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** Lets the garbage collector run until nothing is mapped, or it takes too long. */
    static boolean becomesZero(java.util.function.LongSupplier bytes) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            if (bytes.getAsLong() == 0) {
                return true;
            }
            System.gc();
            Thread.sleep(10);
        }
        return false;
    }

    @Override
    public void close() {
        try (machine;
                other;
                share) {
            // In this order, and all of them.
        }
    }
}
