package dev.virtq.transport.pci;

import dev.virtq.fuzz.Input;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A configuration space: a header, capabilities one after the other that mostly make sense, and
 * then a few bytes that do not. It may also answer differently each time.
 */
final class FuzzedConfigSpace extends FuzzedWindow {
    private static final int COMMAND = 0x04;
    private static final int FIRST = 0x40;

    private final Input input;
    private final ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    private final boolean fickle;

    FuzzedConfigSpace(Input input) {
        super(256, input);
        this.input = input;
        int character = input.u8();
        fickle = (character & 7) == 7;
        bytes.putShort(0x00, (short) ((character & 0x38) == 0x38 ? input.u16() : 0x1af4));
        bytes.putShort(0x02, (short) ((character & 0x18) == 0x18 ? input.u16() : 0x1041));
        bytes.putShort(0x06, (short) 0x10);
        capabilities();
        for (int left = input.below(8); left > 0; left--) {
            bytes.put(FIRST - 12 + input.below(256 - FIRST + 12), (byte) input.u8());
        }
    }

    private void capabilities() {
        int last = 0x34;
        int at = FIRST;
        int count = input.below(8) == 0 ? input.below(4) : 4 + input.below(5);
        for (int i = 0; i < count && at <= 0xfc; i++) {
            bytes.put(last, (byte) at);
            last = at + 1;
            boolean msix = input.below(6) == 5;
            int type = input.below(8) == 7 ? input.u8() : 1 + i % 4;
            int length = msix ? msix(at) : structure(at, type);
            at += (length + 3) & ~3;
        }
    }

    private int msix(int at) {
        put(at, 1, 0x11);
        put(at + 2, 2, input.flag() ? input.below(8) : input.u16());
        put(at + 4, 4, input.below(8) | input.u16() << 3);
        put(at + 8, 4, input.below(8) | input.u16() << 3);
        return 12;
    }

    private int structure(int at, int type) {
        put(at, 1, 0x09);
        put(at + 2, 1, input.below(16) == 15 ? input.u8() : 24);
        put(at + 3, 1, type);
        put(at + 4, 1, input.below(16) == 15 ? input.u8() : input.below(3) * 2);
        put(at + 5, 1, input.below(4));
        put(at + 8, 4, input.below(8) == 7 ? input.i32() : 4 * input.u8());
        put(at + 12, 4, input.below(8) == 7 ? input.i32() : 56 + input.u8());
        put(at + 16, 4, input.below(8) == 7 ? input.i32() : 2 << input.below(4));
        put(at + 20, 4, input.below(8) == 7 ? input.i32() : 0);
        return type == 2 ? 20 : type == 8 ? 24 : 16;
    }

    private void put(int at, int width, int value) {
        for (int i = 0; i < width && at + i < 256; i++) {
            bytes.put(at + i, (byte) (value >>> (8 * i)));
        }
    }

    @Override
    int read(long offset, int width) {
        int value =
                switch (width) {
                    case 1 -> bytes.get((int) offset);
                    case 2 -> bytes.getShort((int) offset);
                    default -> bytes.getInt((int) offset);
                };
        return fickle && input.below(8) == 7 ? input.i32() : value;
    }

    /** A driver has business in the command register and in MSI-X; 4.1.4.1#7 forbids the rest. */
    @Override
    void write(long offset, int width, int value) {
        boolean command = offset == COMMAND && width == 2;
        boolean control = width == 2 && offset >= FIRST + 2;
        boolean msix = control && (fickle || bytes.get((int) offset - 2) == 0x11);
        if (!command && !msix) {
            throw new AssertionError("a write to 0x%02x of the configuration".formatted(offset));
        }
        bytes.putShort((int) offset, (short) value);
    }
}
