package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FuseOpcode;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.memory.DmaBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often the bytes of a file are copied on their way between a program and the device. */
class CopiesTest {
    private static final int SIZE = 3 << 20; // several requests

    private final AtomicLong carried = new AtomicLong();
    private final AtomicLong copied = new AtomicLong();
    private final SimMachine machine =
            SimMachine.builder().memory(32L << 20).device(SimDevice.fileSystem()).start();
    private VirtioFileSystem share;

    @BeforeEach
    void mount() throws IOException {
        share = VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
        share.client()
                .connection()
                .trace(event -> {
                    copied.addAndGet(event.copied());
                    carried.addAndGet(event.opcode() == FuseOpcode.WRITE ? event.sent() : 0);
                    carried.addAndGet(event.opcode() == FuseOpcode.READ ? event.received() : 0);
                });
    }

    @AfterEach
    void unmount() {
        share.close();
        machine.close();
    }

    @Test
    void memoryThatTheDeviceReachesIsNotCopied() throws IOException {
        try (DmaBuffer buffer = share.client().connection().device().memory().allocate(SIZE)) {
            writeAndRead(buffer.trusted().asByteBuffer());
        }
        assertThat(copied).hasValue(0);
    }

    @Test
    void memoryOfTheHeapIsCopiedOnceEachWay() throws IOException {
        writeAndRead(ByteBuffer.allocate(SIZE));
        assertThat(copied).hasValue(2 * SIZE);
    }

    @Test
    void memoryOutsideTheHeapThatTheDeviceDoesNotReachIsCopiedOnceEachWay() throws IOException {
        writeAndRead(ByteBuffer.allocateDirect(SIZE));
        assertThat(copied).hasValue(2 * SIZE);
    }

    private void writeAndRead(ByteBuffer buffer) throws IOException {
        for (int i = 0; i < SIZE; i++) {
            buffer.put(i, (byte) (i * 31));
        }
        try (FileChannel channel =
                FileChannel.open(
                        share.getPath("/file"),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            assertThat(channel.write(buffer)).isEqualTo(SIZE);
            for (int i = 0; i < SIZE; i++) {
                buffer.put(i, (byte) 0);
            }
            assertThat(channel.read(buffer.clear(), 0)).isEqualTo(SIZE);
        }
        for (int i = 0; i < SIZE; i++) {
            if (buffer.get(i) != (byte) (i * 31)) {
                throw new AssertionError("byte " + i + " is " + buffer.get(i));
            }
        }
        assertThat(carried.get()).isGreaterThan(2L * SIZE);
    }
}
