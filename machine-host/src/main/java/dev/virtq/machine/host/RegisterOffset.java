package dev.virtq.machine.host;

import java.util.Objects;

/** The check before an access to a register of a window: it lies inside, and is aligned. */
final class RegisterOffset {
    private RegisterOffset() {}

    static long checked(long offset, int width, long size) {
        Objects.checkFromIndexSize(offset, width, size);
        if ((offset & (width - 1)) != 0) {
            throw new IllegalArgumentException(
                    "register offset 0x%x (expected: a multiple of %d)".formatted(offset, width));
        }
        return offset;
    }
}
