package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The firmware of a machine without a guest, in which the CPU finds one halt.
 *
 * @param size how many bytes it has
 * @param start where the CPU starts in them
 * @param code what it finds there, in hexadecimal digits; the rest is zero
 */
record HaltFirmware(int size, int start, String code) {
    /** 64 KiB that end at 4 GiB: {@code cli; hlt; jmp} to the {@code hlt}. */
    static final HaltFirmware X86 = new HaltFirmware(64 << 10, 0xfff0, "faf4ebfd");

    /** {@code wfi; b} to the {@code wfi}, at address 0. */
    static final HaltFirmware AARCH64 = new HaltFirmware(8, 0, "7f2003d5ffffff17");

    void write(Path file) {
        byte[] halt = HexFormat.of().parseHex(code);
        byte[] image = new byte[size];
        System.arraycopy(halt, 0, image, start, halt.length);
        try {
            Files.write(file, image);
        } catch (IOException failure) {
            throw new QemuException(
                    "cannot write the firmware to %s: %s".formatted(file, failure), failure);
        }
    }
}
