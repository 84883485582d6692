package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the blocks of a pcapng file, and insists on their form. It knows nothing of the writer. */
final class PcapngReader {

    /** A block: its fixed fields, the frame if it has one, and its options in hexadecimal. */
    record Block(int type, List<Integer> fields, String frame, Map<Integer, String> options) {}

    private PcapngReader() {}

    static List<Block> read(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<Block> blocks = new ArrayList<>();
        while (in.hasRemaining()) {
            int begin = in.position();
            int type = in.getInt();
            int length = in.getInt();
            assertThat(length % 4).as("block length %d", length).isZero();
            assertThat(in.getInt(begin + length - 4)).as("trailing length").isEqualTo(length);
            ByteBuffer body = in.slice(begin + 8, length - 12).order(ByteOrder.LITTLE_ENDIAN);
            in.position(begin + length);
            blocks.add(block(type, body));
        }
        return blocks;
    }

    private static Block block(int type, ByteBuffer body) {
        List<Integer> fields = new ArrayList<>();
        int words =
                switch (type) {
                    case 0x0a0d0d0a -> 4;
                    case 1 -> 2;
                    case 6 -> 5;
                    default -> throw new AssertionError("block type " + type);
                };
        for (int i = 0; i < words; i++) {
            fields.add(body.getInt());
        }
        String frame = type == 6 ? take(body, fields.get(3)) : "";
        Map<Integer, String> options = new LinkedHashMap<>();
        boolean ended = !body.hasRemaining();
        while (!ended) {
            int code = body.getShort() & 0xffff;
            String value = take(body, body.getShort() & 0xffff);
            ended = code == 0;
            if (!ended) {
                options.put(code, value);
            }
        }
        assertThat(body.hasRemaining()).as("bytes after the last option").isFalse();
        return new Block(type, fields, frame, options);
    }

    /** Takes bytes and the padding to the next word, which must be zeros. */
    private static String take(ByteBuffer body, int length) {
        byte[] bytes = new byte[length];
        body.get(bytes);
        while (body.position() % 4 != 0) {
            assertThat(body.get()).as("padding").isZero();
        }
        return HexFormat.of().formatHex(bytes);
    }
}
