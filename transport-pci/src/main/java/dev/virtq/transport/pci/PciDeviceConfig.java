package dev.virtq.transport.pci;

import dev.virtq.device.ConfigSpace;
import dev.virtq.transport.Lease;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.layout.CommonConfig;
import org.jspecify.annotations.Nullable;

/**
 * The device-specific configuration (virtio 1.4, section 4.1.4.6); empty when the device has none.
 */
final class PciDeviceConfig implements ConfigSpace {
    private final CommonConfig common;
    private final @Nullable RegisterWindow window;
    private final Lease lease;

    PciDeviceConfig(CommonConfig common, @Nullable RegisterWindow window, Lease lease) {
        this.common = common;
        this.window = window;
        this.lease = lease;
    }

    @Override
    public int length() {
        return window == null ? 0 : (int) Math.min(window.size(), Integer.MAX_VALUE);
    }

    @Override
    public int generation() {
        lease.check();
        return common.readGeneration();
    }

    @Override
    public byte readByte(int offset) {
        return window().readByte(offset);
    }

    @Override
    public short readShort(int offset) {
        return window().readShort(offset);
    }

    @Override
    public int readInt(int offset) {
        return window().readInt(offset);
    }

    @Override
    public void writeByte(int offset, byte value) {
        window().writeByte(offset, value);
    }

    @Override
    public void writeShort(int offset, short value) {
        window().writeShort(offset, value);
    }

    @Override
    public void writeInt(int offset, int value) {
        window().writeInt(offset, value);
    }

    private RegisterWindow window() {
        lease.check();
        if (window == null) {
            throw new IndexOutOfBoundsException(
                    "the device has no device-specific configuration (expected: no access)");
        }
        return window;
    }
}
