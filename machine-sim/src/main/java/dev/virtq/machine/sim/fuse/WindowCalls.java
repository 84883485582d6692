package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.OpenBytes;
import dev.virtq.machine.sim.tree.TreeNode;
import dev.virtq.transport.vhostuser.posix.PageWindow;
import dev.virtq.transport.vhostuser.posix.PosixException;
import java.lang.foreign.Arena;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Requests about the DAX window (virtio 1.4, section 5.11.6.4): parts of files are shown in it. A
 * mapping goes on when the file is closed, as with mmap(2).
 */
final class WindowCalls {
    private static final long WRITE = 1;
    private static final long READ = 1 << 1;
    private static final long NO_HANDLE = -1; // as Linux sends it

    private static final int READ_ONLY_FLAGS = 0;
    private static final int READ_WRITE_FLAGS = 2;

    /** One range: {@code struct fuse_removemapping_one}. */
    private record Range(long offset, long length) {}

    private final Session session;
    private final FileCalls files;
    private final @Nullable PageWindow window;
    private final int pageSize;
    private final BitSet mapped = new BitSet();

    WindowCalls(Session session, FileCalls files, @Nullable PageWindow window) {
        this.session = session;
        this.files = files;
        this.window = window;
        try {
            pageSize = window == null ? 0 : PageWindow.pageSize();
        } catch (PosixException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@return what mappings are aligned to, as a power of 2; -1 without a window} */
    int alignment() {
        return window == null ? -1 : Integer.numberOfTrailingZeros(pageSize);
    }

    /** {@return how many bytes of the window show something} */
    long mappedBytes() {
        return (long) mapped.cardinality() * pageSize;
    }

    /** {@code struct fuse_setupmapping_in}. What was there before is replaced (5.11.6.4.1#4). */
    FuseAnswer setup(FuseRequest request) throws FileError {
        PageWindow there = there();
        long handle = request.u64();
        long offset = request.u64();
        long length = request.u64();
        long flags = request.u64();
        Range range = checked(there, new Range(request.u64(), length));
        boolean write = (flags & WRITE) != 0;
        if (offset < 0
                || offset % pageSize != 0
                || offset + length < 0
                || (flags & ~(READ | WRITE)) != 0
                || flags == 0) {
            throw Errno.EINVAL.error();
        }
        if (write && session.settings().readOnly()) {
            throw Errno.EROFS.error();
        }
        if (handle == NO_HANDLE) {
            TreeNode node = session.node(request);
            files.checkMayOpen(request.caller(), node, write ? READ_WRITE_FLAGS : READ_ONLY_FLAGS);
            OpenBytes bytes = node.open(true, write);
            try {
                show(there, bytes, offset, write, range);
            } finally {
                bytes.close();
            }
        } else {
            Handles.File file = session.handles().file(handle, request.node());
            if (!file.read() || (write && !file.write())) {
                throw Errno.EACCES.error();
            }
            show(there, file.bytes(), offset, write, range);
        }
        return new FuseAnswer();
    }

    private void show(PageWindow there, OpenBytes bytes, long offset, boolean write, Range range)
            throws FileError {
        try (Arena arena = Arena.ofConfined()) {
            mapped.clear(page(range.offset), page(range.offset + range.length));
            there.show(range.offset, range.length, bytes.map(offset, write, arena));
            mapped.set(page(range.offset), page(range.offset + range.length));
        } catch (PosixException e) {
            throw Errno.ENOMEM.error();
        }
    }

    /** {@code struct fuse_removemapping_in}, and a {@code fuse_removemapping_one} for each. */
    FuseAnswer remove(FuseRequest request) throws FileError {
        PageWindow there = there();
        int count = request.u32();
        if (count <= 0 || count > request.left() / (2 * Long.BYTES)) {
            throw Errno.EINVAL.error();
        }
        for (int i = 0; i < count; i++) {
            clear(there, checked(there, new Range(request.u64(), request.u64())));
        }
        return new FuseAnswer();
    }

    private void clear(PageWindow there, Range range) throws FileError {
        try {
            there.clear(range.offset, range.length);
            mapped.clear(page(range.offset), page(range.offset + range.length));
        } catch (PosixException e) {
            throw Errno.ENOMEM.error();
        }
    }

    /** Shows nothing any more: the session has ended. */
    void clearAll() {
        if (window != null && !mapped.isEmpty()) {
            try {
                clear(window, new Range(0, window.memory().byteSize()));
            } catch (FileError e) {
                throw new IllegalStateException("the window cannot be cleared", e);
            }
        }
    }

    private PageWindow there() throws FileError {
        if (window == null) {
            throw Errno.ENOSYS.error();
        }
        return window;
    }

    /** Refuses what is not within the window (5.11.6.4.1#5). */
    private Range checked(PageWindow there, Range range) throws FileError {
        long size = there.memory().byteSize();
        if (range.offset < 0
                || range.offset > size
                || range.length <= 0
                || range.length > size - range.offset
                || range.offset % pageSize != 0
                || range.length % pageSize != 0) {
            throw Errno.EINVAL.error();
        }
        return range;
    }

    private int page(long offset) {
        return Math.toIntExact(offset / pageSize);
    }
}
