package dev.virtq.transport.pci;

import dev.virtq.device.ConfigSpace;
import dev.virtq.transport.Lease;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.layout.CommonConfig;
import dev.virtq.transport.pci.layout.Presence;
import org.jspecify.annotations.Nullable;

/**
 * The device-specific configuration (virtio 1.4, section 4.1.4.6); empty when the device has none.
 * What reads as all ones may come from nobody: then it is looked whether the function is there.
 */
final class PciDeviceConfig implements ConfigSpace {
    private final CommonConfig common;
    private final @Nullable RegisterWindow window;
    private final Presence presence;
    private final Lease lease;

    PciDeviceConfig(
            CommonConfig common, @Nullable RegisterWindow window, Presence presence, Lease lease) {
        this.common = common;
        this.window = window;
        this.presence = presence;
        this.lease = lease;
    }

    @Override
    public int length() {
        return window == null ? 0 : (int) Math.min(window.size(), Integer.MAX_VALUE);
    }

    @Override
    public int generation() {
        lease.check();
        return presence.checked(common.readGeneration());
    }

    @Override
    public byte readByte(int offset) {
        byte value = window().readByte(offset);
        examine(value);
        return value;
    }

    @Override
    public short readShort(int offset) {
        short value = window().readShort(offset);
        examine(value);
        return value;
    }

    @Override
    public int readInt(int offset) {
        int value = window().readInt(offset);
        examine(value);
        return value;
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

    private void examine(int value) {
        if (value == -1) {
            presence.examine();
        }
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
