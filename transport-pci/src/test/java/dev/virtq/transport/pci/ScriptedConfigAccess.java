package dev.virtq.transport.pci;

import dev.virtq.transport.RegisterWindow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The PCI configuration access capability of a scripted function. It fails the test when the driver
 * breaks a rule: an offset that is not a multiple of the length, an access outside the structures,
 * one of another width than was said.
 */
final class ScriptedConfigAccess {
    static final int SIZE = 20;

    private static final int BAR = 4;
    private static final int OFFSET = 8;
    private static final int LENGTH = 12;
    private static final int DATA = 16;

    private record Range(int bar, long offset, long length) {}

    private final IntFunction<RegisterWindow> bars;
    private final List<Range> structures = new ArrayList<>();
    private int bar;
    private long offset;
    private int length;
    int accesses; // to pci_cfg_data

    ScriptedConfigAccess(IntFunction<RegisterWindow> bars) {
        this.bars = bars;
    }

    /** A structure of another type: what may be accessed. */
    void addStructure(int inBar, long start, long size) {
        structures.add(new Range(inBar, start, size));
    }

    static boolean isData(int field) {
        return field >= DATA && field < SIZE;
    }

    int read(int field, int width) {
        check(field, width);
        RegisterWindow window = bars.apply(bar);
        return switch (width) {
            case 1 -> window.readByte(offset);
            case 2 -> window.readShort(offset);
            default -> window.readInt(offset);
        };
    }

    void write(int field, int width, int value) {
        switch (field) {
            case BAR -> bar = expect(width, 1, value);
            case LENGTH -> length = expect(width, 4, value);
            case OFFSET -> {
                offset = expect(width, 4, value) & 0xffff_ffffL;
                if (length == 0 || offset % length != 0) {
                    throw new AssertionError(
                            "cap.offset 0x%x with cap.length %d".formatted(offset, length));
                }
            }
            default -> {
                check(field, width);
                RegisterWindow window = bars.apply(bar);
                switch (width) {
                    case 1 -> window.writeByte(offset, (byte) value);
                    case 2 -> window.writeShort(offset, (short) value);
                    default -> window.writeInt(offset, value);
                }
            }
        }
    }

    private void check(int field, int width) {
        if (field != DATA || width != length) {
            throw new AssertionError(
                    "%d bytes at %d of the capability, with cap.length %d"
                            .formatted(width, field, length));
        }
        if (structures.stream()
                .noneMatch(range ->
                        range.bar() == bar
                                && offset >= range.offset()
                                && offset + length <= range.offset() + range.length())) {
            throw new AssertionError(
                    "BAR %d, %d bytes at 0x%x: not in a structure".formatted(bar, length, offset));
        }
        accesses++;
    }

    private static int expect(int width, int expected, int value) {
        if (width != expected) {
            throw new AssertionError(
                    "a write of %d bytes (expected: %d)".formatted(width, expected));
        }
        return value;
    }
}
