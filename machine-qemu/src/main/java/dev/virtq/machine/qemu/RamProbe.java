package dev.virtq.machine.qemu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Makes sure that the mapped file is the machine's RAM, at the addresses that QEMU named: what is
 * written here is read there, at both ends of each run.
 */
final class RamProbe {
    private static final ValueLayout.OfLong WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private RamProbe() {}

    static void check(SharedRam ram, QtestClient qtest) {
        for (RamRun run : ram.runs()) {
            check(ram.segment(), qtest, run.offset(), run.address());
            check(
                    ram.segment(),
                    qtest,
                    run.end() - WORD.byteSize(),
                    run.address() + run.length() - WORD.byteSize());
        }
    }

    private static void check(MemorySegment bytes, QtestClient qtest, long offset, long address) {
        long mark = 0x7631_7274_7100_0000L ^ offset;
        long before = bytes.get(WORD, offset);
        bytes.set(WORD, offset, mark);
        long there = qtest.readq(address);
        bytes.set(WORD, offset, before);
        if (there != mark) {
            throw new QemuException(
                    ("the RAM file is not the machine's RAM: 0x%x was written at offset 0x%x, QEMU"
                                    + " reads 0x%x at 0x%x")
                            .formatted(mark, offset, there, address));
        }
    }
}
