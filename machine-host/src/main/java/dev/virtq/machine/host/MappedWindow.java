package dev.virtq.machine.host;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.RegisterWindow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Registers in memory: what a BAR decodes, mapped into this process. The mapping stays as long as
 * anybody holds this window.
 *
 * <p>Every access is volatile: so the compiler makes exactly one of it, of that width, and keeps
 * the order among registers, and between registers and the memory that is shared with the device.
 * On x86 the CPU keeps that order by itself, since the mapping is not cached; elsewhere the fences
 * of volatile accesses do. A write may still be on its way when it returns (PCI posts it); it is
 * there before the device answers the next read.
 */
final class MappedWindow implements RegisterWindow {
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final MemorySegment registers;
    private final Tenure tenure;

    MappedWindow(MemorySegment registers, Tenure tenure) {
        this.registers = registers;
        this.tenure = tenure;
    }

    /**
     * Maps a BAR.
     *
     * @param resource its file in sysfs
     * @param size how many bytes it has
     * @param tenure when it ends, accesses are refused
     * @throws IOException when it cannot be mapped
     */
    static MappedWindow map(Path resource, long size, Tenure tenure) throws IOException {
        try (FileChannel file =
                FileChannel.open(resource, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new MappedWindow(
                    file.map(FileChannel.MapMode.READ_WRITE, 0, size, Arena.ofAuto()), tenure);
        }
    }

    @Override
    public long size() {
        return registers.byteSize();
    }

    @Override
    public byte readByte(long offset) {
        long position = at(offset, 1);
        try {
            return (byte) BYTE.getVolatile(registers, position);
        } catch (InternalError e) {
            throw unmapped(e);
        }
    }

    @Override
    public short readShort(long offset) {
        long position = at(offset, 2);
        try {
            return (short) SHORT.getVolatile(registers, position);
        } catch (InternalError e) {
            throw unmapped(e);
        }
    }

    @Override
    public int readInt(long offset) {
        long position = at(offset, 4);
        try {
            return (int) INT.getVolatile(registers, position);
        } catch (InternalError e) {
            throw unmapped(e);
        }
    }

    @Override
    public void writeByte(long offset, byte value) {
        long position = at(offset, 1);
        try {
            BYTE.setVolatile(registers, position, value);
        } catch (InternalError e) {
            throw unmapped(e);
        }
    }

    @Override
    public void writeShort(long offset, short value) {
        long position = at(offset, 2);
        try {
            SHORT.setVolatile(registers, position, value);
        } catch (InternalError e) {
            throw unmapped(e);
        }
    }

    @Override
    public void writeInt(long offset, int value) {
        long position = at(offset, 4);
        try {
            INT.setVolatile(registers, position, value);
        } catch (InternalError e) {
            throw unmapped(e);
        }
    }

    /**
     * The kernel takes the mapping away when the function is unplugged, and the JVM makes an error
     * of the fault (SIGBUS). From compiled code it may come a little later than here.
     */
    private DeviceLostException unmapped(InternalError fault) {
        return tenure.end(
                new DeviceLostException(
                        "the function is gone: the kernel has taken its registers away", fault));
    }

    private long at(long offset, int width) {
        tenure.check();
        return RegisterOffset.checked(offset, width, registers.byteSize());
    }
}
