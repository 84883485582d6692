package dev.virtq.benchmarks.ping;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Pings through QEMU's virtio-net by hand, with constants for addresses and no check of anything:
 * the floor that a driver can be measured against. Register writes and looks at memory are those of
 * a split ring without event indices: one doorbell for each frame sent, none for receive buffers.
 */
final class BarePing implements AutoCloseable {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INDEX = SHORT.varHandle();

    private static final long ECAM = 0xb000_0000L;
    private static final long BAR = 0xc000_0000L;
    private static final long COMMON = BAR;
    private static final long NOTIFY = BAR + 0x3000;
    private static final int SIZE = 256;
    private static final long RX = 0x20_0000;
    private static final long TX = 0x21_0000;
    private static final long AVAILABLE = 0x2000;
    private static final long USED = 0x3000;
    private static final long BUFFERS = 0x30_0000;
    private static final int BUFFER = 2048;
    private static final long TX_BUFFER = 0x28_0000;

    private final Path folder;
    private final Process qemu;
    private final BareQtest qtest;
    private final MemorySegment ram;
    private final ByteBuffer doorbell =
            ByteBuffer.wrap(
                    "writew 0x%x 0x1\n".formatted(NOTIFY + 4).getBytes(StandardCharsets.US_ASCII));
    private int rxAvailable;
    private int rxUsed;
    private int txAvailable;
    private int frameLength;

    BarePing(byte[] firmware) throws IOException, InterruptedException {
        folder = Files.createTempDirectory(Path.of("/dev/shm"), "bare-ping");
        Path file = folder.resolve("ram");
        Files.write(folder.resolve("bios"), firmware);
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            ram = channel.map(FileChannel.MapMode.READ_WRITE, 0, 64 << 20, Arena.ofAuto());
        }
        qemu =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                """
                                exec qemu-system-x86_64 -nodefaults -display none -machine q35,memory-backend=m0 \
                                -accel tcg -m 64M -bios %1$s/bios \
                                -object memory-backend-file,id=m0,size=64M,mem-path=%1$s/ram,share=on \
                                -qtest unix:%1$s/qtest,server=on,wait=off -qtest-log /dev/null \
                                -netdev user,id=n0 -device virtio-net-pci,netdev=n0,disable-legacy=on
                                """
                                        .formatted(folder))
                        .inheritIO()
                        .start();
        Path socket = folder.resolve("qtest");
        while (!Files.exists(socket)) {
            Thread.sleep(5);
        }
        qtest = new BareQtest(socket);
        bringUp();
    }

    private void bringUp() throws IOException {
        qtest.ask("outl 0xcf8 0x80000060");
        qtest.ask("outl 0xcfc 0xb0000001");
        long function = 0;
        for (int device = 0; device < 32 && function == 0; device++) {
            long at = ECAM + ((long) device << 15);
            if (qtest.read32(at) == 0x1041_1af4L) {
                function = at;
            }
        }
        qtest.ask("writel 0x%x 0x%x", function + 0x20, BAR); // BAR 4, low half
        qtest.ask("writel 0x%x 0x0", function + 0x24);
        qtest.ask("writew 0x%x 0x7", function + 4);
        status(0);
        status(1);
        status(3);
        qtest.ask("writel 0x%x 0x0", COMMON + 8);
        qtest.ask("writel 0x%x 0x0", COMMON + 12);
        qtest.ask("writel 0x%x 0x1", COMMON + 8);
        qtest.ask("writel 0x%x 0x1", COMMON + 12); // VERSION_1 and nothing else
        status(11);
        queue(0, RX);
        queue(1, TX);
        status(15);
        for (int i = 0; i < SIZE; i++) {
            descriptor(RX, i, BUFFERS + (long) i * BUFFER, BUFFER, 2);
            giveReceiveBuffer(i);
        }
        INDEX.setRelease(ram, RX + AVAILABLE + 2, (short) rxAvailable);
        qtest.ask("writew 0x%x 0x0", NOTIFY);
    }

    private void status(int status) throws IOException {
        qtest.ask("writeb 0x%x 0x%x", COMMON + 20, status);
    }

    private void queue(int index, long area) throws IOException {
        qtest.ask("writew 0x%x 0x%x", COMMON + 22, index);
        qtest.ask("writew 0x%x 0x%x", COMMON + 24, SIZE);
        address(COMMON + 32, area);
        address(COMMON + 40, area + AVAILABLE);
        address(COMMON + 48, area + USED);
        qtest.ask("writew 0x%x 0x1", COMMON + 28);
    }

    private void address(long register, long address) throws IOException {
        qtest.ask("writel 0x%x 0x%x", register, address);
        qtest.ask("writel 0x%x 0x0", register + 4);
    }

    private void descriptor(long area, int index, long address, int length, int flags) {
        long at = area + 16L * index;
        ram.set(LONG, at, address);
        ram.set(INT, at + 8, length);
        ram.set(SHORT, at + 12, (short) flags);
    }

    private void giveReceiveBuffer(int id) {
        ram.set(SHORT, RX + AVAILABLE + 4 + 2L * (rxAvailable++ & (SIZE - 1)), (short) id);
    }

    /** What is sent from now on. */
    void frame(byte[] frame) {
        MemorySegment.copy(frame, 0, ram, ValueLayout.JAVA_BYTE, TX_BUFFER + 12, frame.length);
        frameLength = frame.length;
    }

    /** Sends the frame, and waits for one to come. {@return the one that came} */
    MemorySegment exchange() throws IOException {
        descriptor(TX, 0, TX_BUFFER, 12 + frameLength, 0);
        ram.set(SHORT, TX + AVAILABLE + 4 + 2L * (txAvailable++ & (SIZE - 1)), (short) 0);
        INDEX.setRelease(ram, TX + AVAILABLE + 2, (short) txAvailable);
        VarHandle.fullFence();
        qtest.send(doorbell.rewind());
        while ((short) INDEX.getAcquire(ram, RX + USED + 2) == (short) rxUsed) {
            Thread.onSpinWait();
        }
        long entry = RX + USED + 4 + 8L * (rxUsed++ & (SIZE - 1));
        int id = ram.get(INT, entry);
        int length = ram.get(INT, entry + 4);
        MemorySegment received = ram.asSlice(BUFFERS + (long) id * BUFFER + 12, length - 12);
        giveReceiveBuffer(id);
        INDEX.setRelease(ram, RX + AVAILABLE + 2, (short) rxAvailable);
        qtest.answer();
        return received;
    }

    @Override
    public void close() throws IOException {
        qtest.close();
        qemu.destroyForcibly();
        try {
            qemu.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
