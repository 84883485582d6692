package dev.virtq.benchmarks.fs;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.drivers.fs.fuse.FuseConnection;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.qemu.LocalQemuProvider;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.transport.vhostuser.VhostUserProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/** One of the ways to the same folder. */
sealed interface Way extends AutoCloseable {
    /** {@return what it is called in the table} */
    String name();

    /** {@return the folder, this way} */
    Path folder();

    /** {@return memory outside the heap that this way likes best} */
    ByteBuffer buffer(int bytes);

    /** {@return threads of the kind that suits it} */
    ThreadFactory threads();

    @Override
    void close() throws IOException;

    /** The folder itself, or a mount of it: the kernel's own file systems. */
    record Kernel(String name, Path folder, AutoCloseableMount mount) implements Way {
        @Override
        public ByteBuffer buffer(int bytes) {
            return ByteBuffer.allocateDirect(bytes);
        }

        @Override
        public ThreadFactory threads() {
            return Thread.ofPlatform().factory();
        }

        @Override
        public void close() throws IOException {
            mount.close();
        }
    }

    /** What ends when a way is closed. */
    interface AutoCloseableMount {
        /** Nothing to end. */
        AutoCloseableMount NONE = () -> {};

        /** Ends it. */
        void close() throws IOException;
    }

    /** {@return the folder itself: what none can beat} */
    static Way host(Path folder) {
        return new Kernel("host", folder, AutoCloseableMount.NONE);
    }

    /** {@return a mount of the kernel's, whose server is bindfs; the kernel keeps pages} */
    static Way bindfs(Path folder, Path mountPoint) throws IOException {
        BindMount mount = BindMount.of(folder, mountPoint, "rw");
        return new Kernel("bindfs", mountPoint, mount::close);
    }

    /** {@return the same, where each read and each write goes to its server, as with ours} */
    static Way bindfsWithoutPages(Path folder, Path mountPoint) throws IOException {
        BindMount mount = BindMount.of(folder, mountPoint, "direct_io");
        return new Kernel("direct_io", mountPoint, mount::close);
    }

    /** {@return our file system, straight on a virtiofsd} */
    static Way vhostUser(Path folder, Path socket) throws IOException {
        ShareServer server = ShareServer.start(socket, folder);
        try {
            return Virtq.mount(
                    "vhost-user",
                    new VhostUserProvider()
                            .start(MachineOptions.DEFAULT.withLocation(socket + ",type=fs")),
                    server::close);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** {@return our file system, on a virtiofsd behind a QEMU} */
    static Way qemu(Path folder) throws IOException {
        return Virtq.mount(
                "QEMU",
                new LocalQemuProvider().start(MachineOptions.DEFAULT.withShare(folder)),
                AutoCloseableMount.NONE);
    }

    /** Ours. */
    final class Virtq implements Way {
        private final String name;
        private final Machine machine;
        private final VirtioFileSystem share;
        private final AutoCloseableMount server;
        private final List<DmaBuffer> buffers = new ArrayList<>();

        private Virtq(
                String name, Machine machine, VirtioFileSystem share, AutoCloseableMount server) {
            this.name = name;
            this.machine = machine;
            this.share = share;
            this.server = server;
        }

        static Virtq mount(String name, Machine machine, AutoCloseableMount server)
                throws IOException {
            try {
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
                return new Virtq(name, machine, share, server);
            } catch (IOException | RuntimeException e) {
                machine.close();
                throw e;
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Path folder() {
            return share.getPath("/");
        }

        FuseConnection connection() {
            return share.client().connection();
        }

        /** {@inheritDoc} The device reaches it. */
        @Override
        public ByteBuffer buffer(int bytes) {
            DmaBuffer buffer = connection().device().memory().allocate(bytes);
            buffers.add(buffer); // its memory is ours as long as this is
            return buffer.trusted().asByteBuffer();
        }

        @Override
        public ThreadFactory threads() {
            return Thread.ofVirtual().factory();
        }

        @Override
        public void close() throws IOException {
            try (machine;
                    share) {
                buffers.forEach(DmaBuffer::close);
            } finally {
                server.close();
            }
        }
    }
}
