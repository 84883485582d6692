package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The firmware of a machine without a guest: 64 KiB in which the CPU finds one halt. */
final class HaltFirmware {
    private static final int SIZE = 64 << 10;

    /** Where an x86 CPU starts, seen from the start of a firmware that ends at 4 GiB. */
    private static final int RESET_VECTOR = 0xfff0;

    /** {@code cli; hlt; jmp} to the {@code hlt}. */
    private static final byte[] CODE = {(byte) 0xfa, (byte) 0xf4, (byte) 0xeb, (byte) 0xfd};

    private HaltFirmware() {}

    static void write(Path file) {
        byte[] image = new byte[SIZE];
        System.arraycopy(CODE, 0, image, RESET_VECTOR, CODE.length);
        try {
            Files.write(file, image);
        } catch (IOException failure) {
            throw new QemuException(
                    "cannot write the firmware to %s: %s".formatted(file, failure), failure);
        }
    }
}
