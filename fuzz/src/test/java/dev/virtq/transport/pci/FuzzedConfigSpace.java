package dev.virtq.transport.pci;

import dev.virtq.fuzz.FuzzedWindow;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.transport.RegisterWindow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * A configuration space: a header, capabilities one after the other that mostly make sense, and
 * then a few bytes that do not. It may also answer differently each time.
 */
final class FuzzedConfigSpace extends FuzzedWindow {
    private static final int COMMAND = 0x04;
    private static final int FIRST = 0x40;

    // struct virtio_pci_cfg_cap
    private static final int BAR = 4;
    private static final int ACCESS_OFFSET = 8;
    private static final int LENGTH = 12;
    private static final int DATA = 16;

    private final Input input;
    private final Map<Integer, RegisterWindow> bars;
    private final ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    private final boolean fickle;
    private boolean selected; // a driver has said where it wants to go

    FuzzedConfigSpace(Input input, Map<Integer, RegisterWindow> bars) {
        super(256, input);
        this.input = input;
        this.bars = bars;
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
            int type = type(i);
            int length = msix ? msix(at) : type == 9 ? vendor(at) : structure(at, type);
            at += (length + 3) & ~3;
        }
    }

    /** What every device has comes first, and then the rest. */
    private int type(int i) {
        return switch (input.below(8)) {
            case 7 -> input.u8();
            case 6 -> input.pick(List.of(5, 8, 9));
            default -> 1 + i % 5;
        };
    }

    private int vendor(int at) {
        int length = input.below(8) == 7 ? input.u8() : 8 + 4 * input.below(3);
        put(at, 1, 0x09);
        put(at + 2, 1, length);
        put(at + 3, 1, 9);
        put(at + 4, 2, input.below(8) == 7 ? 0x1af4 : 0x1234);
        put(at + 6, 2, input.u16());
        return length;
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
        return type == 2 || type == 5 ? 20 : type == 8 ? 24 : 16;
    }

    private void put(int at, int width, int value) {
        for (int i = 0; i < width && at + i < 256; i++) {
            bytes.put(at + i, (byte) (value >>> (8 * i)));
        }
    }

    @Override
    protected int read(long offset, int width) {
        int at = (int) offset;
        if (isAccess(at - DATA)) {
            access(at - DATA, width);
            return super.read(offset, width);
        }
        int value =
                switch (width) {
                    case 1 -> bytes.get(at);
                    case 2 -> bytes.getShort(at);
                    default -> bytes.getInt(at);
                };
        return fickle && input.below(8) == 7 ? input.i32() : value;
    }

    /**
     * A driver has business in the command register, in MSI-X, and in what is there for access;
     * 4.1.4.1#7 forbids the rest.
     */
    @Override
    protected void write(long offset, int width, int value) {
        int at = (int) offset;
        if (isAccess(at - DATA)) {
            access(at - DATA, width);
            return;
        }
        boolean command = offset == COMMAND && width == 2;
        boolean msix = width == 2 && at >= FIRST + 2 && bytes.get(at - 2) == 0x11;
        boolean select =
                (width == 1 && isAccess(at - BAR))
                        || (width == 4 && (isAccess(at - ACCESS_OFFSET) || isAccess(at - LENGTH)));
        if (!command && !msix && !select && !fickle) {
            throw new AssertionError("a write to 0x%02x of the configuration".formatted(offset));
        }
        put(at, width, value);
        selected |= select;
        if (select && isAccess(at - ACCESS_OFFSET) && !fickle) {
            int length = bytes.getInt(at - ACCESS_OFFSET + LENGTH);
            Must.hold(
                    length > 0 && Integer.remainderUnsigned(value, length) == 0,
                    "cap.offset is not a multiple of cap.length",
                    value,
                    length);
        }
    }

    private boolean isAccess(int position) {
        return position >= FIRST
                && position <= 256 - DATA - 4
                && position % 4 == 0
                && bytes.get(position) == 0x09
                && bytes.get(position + 3) == 5;
    }

    /** What is reached is within a structure of another type, and within its BAR. */
    private void access(int position, int width) {
        if (fickle || !selected) {
            return; // it may have said anything, or the list of capabilities leads here
        }
        int bar = bytes.get(position + BAR);
        long start = bytes.getInt(position + ACCESS_OFFSET) & 0xffff_ffffL;
        Must.hold(bytes.getInt(position + LENGTH) == width, "cap.length is not the width", width);
        RegisterWindow window = bars.get(bar);
        Must.hold(
                window != null && start + width <= window.size(),
                "an access outside the BAR",
                bar,
                start);
        Must.hold(isInStructure(bar, start, width), "an access outside structures", bar, start);
        Landmarks.reach("through configuration space");
    }

    private boolean isInStructure(int bar, long start, int width) {
        for (int at = FIRST; at <= 256 - 16; at += 4) {
            long offset = bytes.getInt(at + 8) & 0xffff_ffffL;
            long length = bytes.getInt(at + 12) & 0xffff_ffffL;
            if (bytes.get(at) == 0x09
                    && bytes.get(at + 3) >= 1
                    && bytes.get(at + 3) <= 4
                    && bytes.get(at + 4) == bar
                    && start >= offset
                    && start + width <= offset + length) {
                return true;
            }
        }
        return false;
    }
}
