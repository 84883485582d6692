package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.util.List;

/** Requests about the DAX window (virtio 1.4, section 5.11.6.4). */
public final class WindowCalls {
    /** How many ranges one request takes back at most: what fits a page, as servers count. */
    public static final int MOST_RANGES = 255;

    private static final long WRITE = 1;
    private static final long READ = 1 << 1;

    private final FuseConnection connection;

    WindowCalls(FuseConnection connection) {
        this.connection = connection;
    }

    /**
     * Has a part of a file shown in the window, in place of what is shown there. All numbers are
     * multiples of {@link FuseSession#mapAlignment}.
     *
     * @param node the file
     * @param file as it was opened: to be read, and to be written if the mapping is; it may be
     *     released while the mapping goes on
     * @param offset where in the file, in bytes from the start
     * @param range where in the window
     * @param write whether it can be written through the window
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void setUp(long node, OpenFile file, long offset, WindowRange range, boolean write)
            throws IOException {
        connection
                .call(FuseOpcode.SETUPMAPPING, node)
                .u64(file.handle())
                .u64(offset)
                .u64(range.length())
                .u64(write ? READ | WRITE : READ)
                .u64(range.offset())
                .done();
    }

    /**
     * Has parts of the window show nothing any more.
     *
     * @param ranges which, 1 to {@link #MOST_RANGES}
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void remove(List<WindowRange> ranges) throws IOException {
        if (ranges.isEmpty() || ranges.size() > MOST_RANGES) {
            throw new IllegalArgumentException(
                    "%d ranges (expected: 1..%d)".formatted(ranges.size(), MOST_RANGES));
        }
        FuseCall call =
                connection.call(FuseOpcode.REMOVEMAPPING, FuseClient.ROOT).u32(ranges.size());
        for (WindowRange range : ranges) { // without padding before the first
            call.u64(range.offset()).u64(range.length());
        }
        call.done();
    }
}
