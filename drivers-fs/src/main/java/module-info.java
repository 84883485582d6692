import org.jspecify.annotations.NullMarked;

/** The virtio-fs driver: a shared directory of a virtual machine's host as a file system. */
@NullMarked
module dev.virtq.drivers.fs {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;

    exports dev.virtq.drivers.fs;
    exports dev.virtq.drivers.fs.fuse;

    provides java.nio.file.spi.FileSystemProvider with
            dev.virtq.drivers.fs.VirtioFileSystemProvider;
}
