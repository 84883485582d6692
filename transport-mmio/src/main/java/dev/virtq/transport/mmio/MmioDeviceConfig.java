package dev.virtq.transport.mmio;

import dev.virtq.device.ConfigSpace;
import dev.virtq.transport.Lease;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.mmio.layout.MmioRegisters;

/**
 * The device-specific configuration, which begins behind the control registers (virtio 1.4, section
 * 4.2.2). Nothing says how long it is: up to the end of the window it may be anything.
 */
final class MmioDeviceConfig implements ConfigSpace {
    private final MmioRegisters registers;
    private final RegisterWindow window;
    private final Lease lease;

    MmioDeviceConfig(MmioRegisters registers, RegisterWindow window, Lease lease) {
        this.registers = registers;
        this.window = window;
        this.lease = lease;
    }

    @Override
    public int length() {
        return (int) Math.min(window.size(), Integer.MAX_VALUE);
    }

    @Override
    public int generation() {
        lease.check();
        return registers.readGeneration();
    }

    @Override
    public byte readByte(int offset) {
        lease.check();
        return window.readByte(offset);
    }

    @Override
    public short readShort(int offset) {
        lease.check();
        return window.readShort(offset);
    }

    @Override
    public int readInt(int offset) {
        lease.check();
        return window.readInt(offset);
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
