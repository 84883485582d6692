package dev.virtq.machine.qemu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Memory of the machine through the qtest socket, for whoever does not share it: at most some 100
 * MB/s, where shared RAM goes at memory speed.
 *
 * <p>An access of any length is cut into commands; others' commands may come between them.
 */
public final class QtestMemory {
    /** The most bytes that travel in one command in base64. */
    static final int CHUNK = 32 << 10;

    private static final int HEX_CHUNK = 16 << 10;

    private final QtestLink link;
    private final QtestLine line;

    QtestMemory(QtestLink link, QtestLine line) {
        this.link = link;
        this.line = line;
    }

    /**
     * Reads memory through the socket, in hex.
     *
     * @param address a guest physical address
     * @param target where the bytes go; its size says how many
     */
    public void read(long address, MemorySegment target) {
        QtestArguments.checkRange(address, target.byteSize());
        for (long done = 0; done < target.byteSize(); done += HEX_CHUNK) {
            int count = (int) Math.min(HEX_CHUNK, target.byteSize() - done);
            copy(decodeHex(fetch(QtestVerb.READ, address + done, count)), count, target, done);
        }
    }

    /**
     * Reads memory through the socket, in base64: less to carry than {@link #read}.
     *
     * @param address a guest physical address
     * @param target where the bytes go; its size says how many
     */
    public void b64read(long address, MemorySegment target) {
        QtestArguments.checkRange(address, target.byteSize());
        for (long done = 0; done < target.byteSize(); done += CHUNK) {
            int count = (int) Math.min(CHUNK, target.byteSize() - done);
            copy(
                    decodeBase64(fetch(QtestVerb.B64READ, address + done, count)),
                    count,
                    target,
                    done);
        }
    }

    /**
     * Writes memory through the socket, in hex.
     *
     * @param address a guest physical address
     * @param source the bytes
     */
    public void write(long address, MemorySegment source) {
        QtestArguments.checkRange(address, source.byteSize());
        for (long done = 0; done < source.byteSize(); done += HEX_CHUNK) {
            byte[] bytes = chunk(source, done, HEX_CHUNK);
            link.enter();
            try {
                link.exchange(
                        line.start(QtestVerb.WRITE)
                                .hex(address + done)
                                .hex(bytes.length)
                                .hexBytes(bytes));
            } finally {
                link.leave();
            }
        }
    }

    /**
     * Writes memory through the socket, in base64: less to carry than {@link #write}.
     *
     * @param address a guest physical address
     * @param source the bytes
     */
    public void b64write(long address, MemorySegment source) {
        QtestArguments.checkRange(address, source.byteSize());
        for (long done = 0; done < source.byteSize(); done += CHUNK) {
            byte[] bytes = chunk(source, done, CHUNK);
            byte[] text = Base64.getEncoder().encode(bytes);
            link.enter();
            try {
                link.exchange(
                        line.start(QtestVerb.B64WRITE)
                                .hex(address + done)
                                .hex(bytes.length)
                                .word(text));
            } finally {
                link.leave();
            }
        }
    }

    private byte[] fetch(byte[] verb, long address, int count) {
        link.enter();
        try {
            return link.exchange(line.start(verb).hex(address).hex(count)).payload();
        } finally {
            link.leave();
        }
    }

    private byte[] decodeHex(byte[] text) {
        try {
            String digits = new String(text, StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(digits.startsWith("0x") ? digits.substring(2) : "?");
        } catch (IllegalArgumentException nonsense) {
            throw link.die("QEMU answered a read with something that is not hex");
        }
    }

    private byte[] decodeBase64(byte[] text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException nonsense) {
            throw link.die("QEMU answered a b64read with something that is not base64");
        }
    }

    private void copy(byte[] bytes, int expected, MemorySegment target, long offset) {
        if (bytes.length != expected) {
            throw link.die(
                    "QEMU answered a read of %d bytes with %d".formatted(expected, bytes.length));
        }
        MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    private static byte[] chunk(MemorySegment source, long offset, int most) {
        return source.asSlice(offset, Math.min(most, source.byteSize() - offset))
                .toArray(ValueLayout.JAVA_BYTE);
    }
}
