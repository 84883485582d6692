package dev.virtq.cli.session;

import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.fs.MountOptions;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import java.io.IOException;
import java.nio.file.Path;

/** The file system driver on a device: a share that is mounted, and where in it the user is. */
public final class ShareDrive implements AutoCloseable {
    private final VirtioFileSystem share;

    private ShareDrive(VirtioFileSystem share) {
        this.share = share;
    }

    static ShareDrive mount(Transport transport, DriveOptions options) throws IOException {
        FuseOptions fuse =
                FuseOptions.DEFAULT.withQueue(options.queues()).refusing(options.refused());
        return new ShareDrive(
                VirtioFileSystem.mount(transport, MountOptions.DEFAULT.withFuse(fuse)));
    }

    /** {@return the file system} */
    public VirtioFileSystem fileSystem() {
        return share;
    }

    /** {@return the device below} */
    public VirtioDevice device() {
        return share.client().connection().device();
    }

    /**
     * {@return a path of the share; one that does not begin at its root is taken to}
     *
     * @param text as it was typed
     */
    public Path path(String text) {
        return share.getPath("/").resolve(text).normalize();
    }

    @Override
    public void close() {
        share.close();
    }
}
