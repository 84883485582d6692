package dev.virtq.drivers.fs.window;

import dev.virtq.drivers.fs.fuse.WindowRange;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which parts of the window are free. All are multiples of what mappings are aligned to. */
final class FreeRanges {
    private final TreeMap<Long, Long> lengths = new TreeMap<>(); // by offset; none touches another

    FreeRanges(long size) {
        lengths.put(0L, size);
    }

    /** {@return the first range that is large enough; null when there is none} */
    synchronized @Nullable WindowRange take(long length) {
        for (Map.Entry<Long, Long> run : lengths.entrySet()) {
            if (run.getValue() >= length) {
                return taken(run.getKey(), run.getValue(), length);
            }
        }
        return null;
    }

    private WindowRange taken(long offset, long there, long length) {
        lengths.remove(offset);
        if (there > length) {
            lengths.put(offset + length, there - length);
        }
        return new WindowRange(offset, length);
    }

    synchronized void giveBack(WindowRange range) {
        long offset = range.offset();
        long length = range.length();
        Map.Entry<Long, Long> before = lengths.lowerEntry(offset);
        if (before != null && before.getKey() + before.getValue() == offset) {
            offset = before.getKey();
            length += before.getValue();
        }
        Long behind = lengths.remove(range.offset() + range.length());
        lengths.put(offset, behind == null ? length : length + behind);
    }

    synchronized long total() {
        return lengths.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized long largest() {
        return lengths.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
