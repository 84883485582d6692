package dev.virtq.machine.qemu;

import java.nio.charset.StandardCharsets;

/** The words that a qtest command starts with, as bytes. */
final class QtestVerb {
    static final byte[] READB = ascii("readb");
    static final byte[] READW = ascii("readw");
    static final byte[] READL = ascii("readl");
    static final byte[] READQ = ascii("readq");
    static final byte[] WRITEB = ascii("writeb");
    static final byte[] WRITEW = ascii("writew");
    static final byte[] WRITEL = ascii("writel");
    static final byte[] WRITEQ = ascii("writeq");
    static final byte[] INB = ascii("inb");
    static final byte[] INW = ascii("inw");
    static final byte[] INL = ascii("inl");
    static final byte[] OUTB = ascii("outb");
    static final byte[] OUTW = ascii("outw");
    static final byte[] OUTL = ascii("outl");
    static final byte[] READ = ascii("read");
    static final byte[] WRITE = ascii("write");
    static final byte[] B64READ = ascii("b64read");
    static final byte[] B64WRITE = ascii("b64write");
    static final byte[] ENDIANNESS = ascii("endianness");
    static final byte[] IRQ_INTERCEPT_IN = ascii("irq_intercept_in");

    private static byte[] ascii(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    private QtestVerb() {}
}
