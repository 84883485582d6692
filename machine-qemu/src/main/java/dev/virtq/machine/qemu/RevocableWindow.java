package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import java.util.concurrent.locks.Lock;
import java.util.function.IntSupplier;

/**
 * Registers of a device that can be unplugged. From then on they read all ones, as on a bus where
 * nobody answers, and writes get lost: at the same addresses there may be another device.
 */
final class RevocableWindow implements RegisterWindow {
    private final RegisterWindow registers;
    private final Removal removal;

    RevocableWindow(RegisterWindow registers, Removal removal) {
        this.registers = registers;
        this.removal = removal;
    }

    @Override
    public long size() {
        return registers.size();
    }

    @Override
    public byte readByte(long offset) {
        RegisterOffset.checked(offset, 1, size());
        return (byte) read(() -> registers.readByte(offset));
    }

    @Override
    public short readShort(long offset) {
        RegisterOffset.checked(offset, 2, size());
        return (short) read(() -> registers.readShort(offset));
    }

    @Override
    public int readInt(long offset) {
        RegisterOffset.checked(offset, 4, size());
        return read(() -> registers.readInt(offset));
    }

    @Override
    public void writeByte(long offset, byte value) {
        RegisterOffset.checked(offset, 1, size());
        write(() -> registers.writeByte(offset, value));
    }

    @Override
    public void writeShort(long offset, short value) {
        RegisterOffset.checked(offset, 2, size());
        write(() -> registers.writeShort(offset, value));
    }

    @Override
    public void writeInt(long offset, int value) {
        RegisterOffset.checked(offset, 4, size());
        write(() -> registers.writeInt(offset, value));
    }

    @Override
    public void postShort(long offset, short value) {
        RegisterOffset.checked(offset, 2, size());
        write(() -> registers.postShort(offset, value));
    }

    @Override
    public void postInt(long offset, int value) {
        RegisterOffset.checked(offset, 4, size());
        write(() -> registers.postInt(offset, value));
    }

    private int read(IntSupplier access) {
        Lock lock = removal.access();
        lock.lock();
        try {
            return removal.isGone() ? -1 : access.getAsInt();
        } finally {
            lock.unlock();
        }
    }

    private void write(Runnable access) {
        Lock lock = removal.access();
        lock.lock();
        try {
            if (!removal.isGone()) {
                access.run();
            }
        } finally {
            lock.unlock();
        }
    }
}
