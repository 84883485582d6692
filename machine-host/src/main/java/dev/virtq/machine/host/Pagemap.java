package dev.virtq.machine.host;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The kernel's map from this process's pages to physical ones ({@code /proc/self/pagemap}): 64 bits
 * for each ordinary page, those that a huge page is made of, too. Only root is shown the numbers;
 * others read 0.
 */
final class Pagemap implements PhysicalAddresses {
    private static final long PRESENT = 1L << 63;
    private static final long FRAME_NUMBER = (1L << 55) - 1;

    private final Path file;
    private final long pageBytes;

    private Pagemap(Path file, long pageBytes) {
        this.file = file;
        this.pageBytes = pageBytes;
    }

    /** {@return the map that the kernel shows} */
    static Pagemap of(Linux linux) throws IOException {
        return new Pagemap(linux.pagemap(), linux.pageBytes());
    }

    @Override
    public long of(MemorySegment memory) throws IOException {
        long page = Long.divideUnsigned(memory.address(), pageBytes);
        long entry = entry(page);
        long frame = entry & FRAME_NUMBER;
        if ((entry & PRESENT) == 0) {
            throw new IOException("no page is behind 0x%x".formatted(memory.address()));
        }
        if (frame == 0) {
            throw new IOException("physical addresses are not shown to this user");
        }
        return frame * pageBytes + Long.remainderUnsigned(memory.address(), pageBytes);
    }

    private long entry(long page) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        try (FileChannel map = FileChannel.open(file)) {
            if (map.read(entry, page * Long.BYTES) != Long.BYTES) {
                throw new EOFException(file + " has no entry " + page);
            }
        }
        return entry.flip().getLong();
    }
}
