package dev.virtq.machine.qemu;

import java.util.regex.Pattern;

/** Checks what goes into a qtest command: QEMU aborts on what it cannot parse. */
final class QtestArguments {
    private static final int MAX_PORT = 0xffff;
    private static final Pattern OBJECT_PATH = Pattern.compile("[A-Za-z0-9_./\\[\\]:-]{1,256}");

    private QtestArguments() {}

    static void checkRange(long address, long length) {
        if (length <= 0) {
            throw new IllegalArgumentException("an access needs at least one byte, got " + length);
        }
        if (Long.compareUnsigned(address + length - 1, address) < 0) {
            throw new IllegalArgumentException(
                    "an access of %d bytes at 0x%x wraps around the address space"
                            .formatted(length, address));
        }
    }

    static void checkValue(long value, int width) {
        if (width < 8 && value >>> (8 * width) != 0) {
            throw new IllegalArgumentException(
                    "0x%x does not fit in %d byte(s)".formatted(value, width));
        }
    }

    static void checkPort(int port, int width) {
        if (width != 1 && width != 2 && width != 4) {
            throw new IllegalArgumentException(
                    "a port is accessed with 1, 2 or 4 bytes, got " + width);
        }
        if (port < 0 || port > MAX_PORT - (width - 1)) {
            throw new IllegalArgumentException(
                    "a port is 0 to 0xffff, got 0x%x with %d byte(s)".formatted(port, width));
        }
    }

    static void checkObjectPath(String path) {
        if (!OBJECT_PATH.matcher(path).matches()) {
            throw new IllegalArgumentException(
                    "a path in QEMU's object tree has letters, digits and _./[]:- only, got '%s'"
                            .formatted(path));
        }
    }
}
