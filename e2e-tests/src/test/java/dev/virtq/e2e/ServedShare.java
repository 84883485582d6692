package dev.virtq.e2e;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.fs.MountOptions;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder of this computer that is served, and mounted.
 *
 * @param onHost the folder
 * @param server who serves it without QEMU; empty where the machine does
 * @param machine the machine with its device
 * @param fileSystem the mount
 */
record ServedShare(
        Path onHost, Optional<BackEnd> server, Machine machine, VirtioFileSystem fileSystem)
        implements AutoCloseable {
    /**
     * Serves a new folder.
     *
     * @param kind {@code virtiofsd}, {@code virtiofsd-container}: straight over vhost-user; or the
     *     name of a machine, with {@code -packed} behind it for that ring
     * @param folder where the shared folder and a socket are made
     */
    static ServedShare start(String kind, Path folder) throws Exception {
        return start(kind, folder, MountOptions.DEFAULT);
    }

    static ServedShare start(String kind, Path folder, MountOptions options) throws Exception {
        Path onHost = Files.createDirectories(folder.resolve("share"));
        if (kind.equals("virtiofsd")) {
            return mount(onHost, BackEnds.virtiofsd(folder, onHost), options);
        }
        if (kind.equals("virtiofsd-container")) {
            return mount(onHost, BackEnds.virtiofsdInContainer(folder, onHost), options);
        }
        if (kind.equals("qemu-local")) {
            BackEnds.requireVirtiofsd();
        }
        boolean packed = kind.endsWith("-packed");
        MachineOptions wanted = MachineOptions.DEFAULT.withShare(onHost);
        Machine machine =
                packed
                        ? Machines.require(kind.replace("-packed", ""))
                                .start(wanted.offering(FeatureSet.of(CommonFeature.RING_PACKED)))
                        : Machines.require(kind).start(wanted);
        ServedShare share = mount(onHost, Optional.empty(), machine, options);
        if (share.fileSystem.client().connection().device().has(CommonFeature.RING_PACKED)
                != packed) {
            share.close();
            throw new AssertionError("%s: the ring is another one".formatted(kind));
        }
        return share;
    }

    @SuppressWarnings("try") // closed with the share, or when it cannot be mounted
    private static ServedShare mount(Path onHost, BackEnd server, MountOptions options)
            throws IOException {
        try {
            return mount(onHost, Optional.of(server), server.machine(), options);
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    private static ServedShare mount(
            Path onHost, Optional<BackEnd> server, Machine machine, MountOptions options)
            throws IOException {
        try {
            return new ServedShare(
                    onHost,
                    server,
                    machine,
                    VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM), options));
        } catch (IOException | RuntimeException failure) {
            machine.close();
            throw failure;
        }
    }

    /** {@return the root of the share, as the driver sees it} */
    Path root() {
        return fileSystem.getPath("/");
    }

    @Override
    public void close() throws IOException {
        fileSystem.close();
        machine.close();
        if (server.isPresent()) {
            server.get().close();
        }
    }
}
