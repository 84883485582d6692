package dev.virtq.transport.mmio;

import dev.virtq.device.ConfigSpace;
import dev.virtq.transport.Lease;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.mmio.layout.MmioRegisters;
import java.util.function.IntUnaryOperator;

/**
 * The device-specific configuration, which begins behind the control registers (virtio 1.4, section
 * 4.2.2). Nothing says how long it is: up to the end of the window it may be anything. What reads
 * as all ones may come from nobody: then it is looked whether the device is there.
 */
final class MmioDeviceConfig implements ConfigSpace {
    private final MmioRegisters registers;
    private final RegisterWindow window;
    private final IntUnaryOperator presence;
    private final Lease lease;

    MmioDeviceConfig(
            MmioRegisters registers,
            RegisterWindow window,
            IntUnaryOperator presence,
            Lease lease) {
        this.registers = registers;
        this.window = window;
        this.presence = presence;
        this.lease = lease;
    }

    @Override
    public int length() {
        return (int) Math.min(window.size(), Integer.MAX_VALUE);
    }

    @Override
    public int generation() {
        lease.check();
        return presence.applyAsInt(registers.readGeneration());
    }

    @Override
    public byte readByte(int offset) {
        lease.check();
        return (byte) presence.applyAsInt(window.readByte(offset));
    }

    @Override
    public short readShort(int offset) {
        lease.check();
        return (short) presence.applyAsInt(window.readShort(offset));
    }

    @Override
    public int readInt(int offset) {
        lease.check();
        return presence.applyAsInt(window.readInt(offset));
    }

    @Override
    public void writeByte(int offset, byte value) {
        lease.check();
        window.writeByte(offset, value);
    }

    @Override
    public void writeShort(int offset, short value) {
        lease.check();
        window.writeShort(offset, value);
    }

    @Override
    public void writeInt(int offset, int value) {
        lease.check();
        window.writeInt(offset, value);
    }
}
