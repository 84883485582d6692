package dev.virtq.transport.mmio.tree;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of a flattened device tree (Devicetree Specification 0.4, chapter 5): a header, a block
 * of tokens and a block of names. All numbers are big-endian, and every position is checked.
 */
final class TreeBlob {
    static final int BEGIN_NODE = 1;
    static final int END_NODE = 2;
    static final int PROPERTY = 3;
    static final int NOP = 4;
    static final int END = 9;

    private static final int MAGIC = 0xd00dfeed;
    private static final int HEADER_SIZE = 40;
    private static final int OLDEST_VERSION = 16;
    private static final int TOTAL_SIZE = 4;
    private static final int STRUCTURE = 8;
    private static final int STRINGS = 12;
    private static final int VERSION = 20;
    private static final int LAST_COMPATIBLE = 24;

    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment bytes;
    private final long structure;
    private final long strings;

    TreeBlob(MemorySegment all) {
        if (all.byteSize() < HEADER_SIZE) {
            throw malformed(
                    "it has %d bytes (expected: a header of %d)"
                            .formatted(all.byteSize(), HEADER_SIZE));
        }
        int magic = all.get(BE32, 0);
        if (magic != MAGIC) {
            throw malformed("it begins with 0x%08x (expected: 0x%08x)".formatted(magic, MAGIC));
        }
        long size = all.get(BE32, TOTAL_SIZE) & 0xffff_ffffL;
        if (size < HEADER_SIZE || size > all.byteSize()) {
            throw malformed(
                    "its header says %d bytes (expected: %d..%d)"
                            .formatted(size, HEADER_SIZE, all.byteSize()));
        }
        int oldest = all.get(BE32, LAST_COMPATIBLE);
        int version = all.get(BE32, VERSION);
        if (oldest > OLDEST_VERSION + 1 || version < OLDEST_VERSION) {
            throw malformed(
                    "it has version %d, compatible with %d (expected: 16 or 17)"
                            .formatted(version, oldest));
        }
        bytes = all.asSlice(0, size);
        structure = all.get(BE32, STRUCTURE) & 0xffff_ffffL;
        strings = all.get(BE32, STRINGS) & 0xffff_ffffL;
        if ((structure & 3) != 0) {
            throw malformed(
                    "its tokens begin at 0x%x (expected: a multiple of 4)".formatted(structure));
        }
    }

    /** {@return where the first token is} */
    long start() {
        return structure;
    }

    /** {@return the 32 bits at a position} */
    int u32(long at) {
        if (at < 0 || at > bytes.byteSize() - 4) {
            throw malformed(
                    "it ends at 0x%x (expected: 4 more bytes at 0x%x)"
                            .formatted(bytes.byteSize(), at));
        }
        return bytes.get(BE32, at);
    }

    /** {@return so many bytes from a position on} */
    MemorySegment slice(long at, long length) {
        if (length < 0 || at < 0 || at > bytes.byteSize() - length) {
            throw malformed(
                    "it ends at 0x%x (expected: %d bytes at 0x%x)"
                            .formatted(bytes.byteSize(), length, at));
        }
        return bytes.asSlice(at, length).asReadOnly();
    }

    /** {@return the name at a position, up to its zero byte} */
    String text(long at) {
        for (long end = at; end >= 0 && end < bytes.byteSize(); end++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, end) == 0) {
                return new String(
                        slice(at, end - at).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.US_ASCII);
            }
        }
        throw malformed(
                "a name at 0x%x does not end within its %d bytes".formatted(at, bytes.byteSize()));
    }

    /** {@return the name of a property, from the block of names} */
    String propertyName(int offset) {
        return text(strings + (offset & 0xffff_ffffL));
    }

    static IllegalArgumentException malformed(String problem) {
        return new IllegalArgumentException("no flattened device tree: " + problem);
    }
}
