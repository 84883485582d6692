package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration space of a function, in which some bits stick; a bridge has a bus behind it.
 */
class FakeFunction implements RegisterWindow {
    private static final int WORDS = 1024;
    private static final int EXPRESS = 0x40;

    final int[] words = new int[WORDS];
    final int[] writable = new int[WORDS];
    final List<@Nullable FakeFunction> behind = new ArrayList<>();
    int writes;

    private FakeFunction(int header) {
        words[0] = 0x1041_1af4;
        words[3] = header << 16;
        writable[1] = 0x7;
    }

    static FakeFunction ordinary() {
        return new FakeFunction(0);
    }

    static FakeFunction withHeader(int header) {
        return new FakeFunction(header);
    }

    /** A bridge with functions behind it, each a device of its own, from device 0 on. */
    static FakeFunction bridge(FakeFunction... behind) {
        FakeFunction bridge = new FakeFunction(1);
        bridge.behind.addAll(List.of(behind));
        bridge.writable[6] = 0x00ff_ffff; // bus numbers
        bridge.writable[7] = 0x0000_f0f0; // ports
        bridge.writable[8] = 0xfff0_fff0; // memory
        bridge.writable[9] = 0xfff0_fff0; // prefetchable
        bridge.words[9] = 0x0001_0001; // 64 bits wide
        bridge.writable[10] = -1;
        bridge.writable[11] = -1;
        return bridge;
    }

    /** A downward port of PCI Express, which has a link behind it. */
    static FakeFunction port(boolean slot, FakeFunction... behind) {
        FakeFunction port = bridge(behind);
        port.words[1] |= 0x10 << 16; // has capabilities
        port.words[0x34 / 4] = EXPRESS;
        port.words[EXPRESS / 4] = 0x0010 | (0x42 | (slot ? 0x100 : 0)) << 16;
        port.words[EXPRESS / 4 + 5] = slot ? 0x7b : 0;
        return port;
    }

    /** Adds a 32-bit BAR, or a 64-bit one of two registers. */
    FakeFunction withBar(int index, long size, int flags) {
        long mask = -size;
        words[4 + index] = flags;
        writable[4 + index] = (int) mask & ~0xf;
        if ((flags & 1) != 0) {
            writable[4 + index] = (int) mask & ~0x3;
        } else if ((flags & 4) != 0) {
            writable[4 + index + 1] = (int) (mask >>> 32);
        }
        return this;
    }

    FakeFunction with(int offset, int value) {
        words[offset / 4] = value;
        return this;
    }

    int secondary() {
        return readByte(0x19) & 0xff;
    }

    int subordinate() {
        return readByte(0x1a) & 0xff;
    }

    /** {@return what answers at an address, of devices on bus 0 and of what is behind them} */
    static ConfigSpaces spaces(FakeFunction... devices) {
        return address -> at(0, List.of(devices), address, 0);
    }

    private static RegisterWindow at(
            int bus,
            List<? extends @Nullable FakeFunction> devices,
            PciAddress address,
            int depth) {
        if (address.bus() == bus) {
            int place = address.function() == 0 ? address.device() : -1;
            FakeFunction found = place >= 0 && place < devices.size() ? devices.get(place) : null;
            return found == null ? NOBODY : found;
        }
        for (FakeFunction device : devices) {
            if (device != null
                    && !device.behind.isEmpty()
                    && device.secondary() > bus
                    && address.bus() >= device.secondary()
                    && address.bus() <= device.subordinate()
                    && depth < 300) {
                return at(device.secondary(), device.behind, address, depth + 1);
            }
        }
        return NOBODY;
    }

    private static final FakeFunction NOBODY = nobody();

    private static FakeFunction nobody() {
        FakeFunction nobody = new FakeFunction(0);
        Arrays.fill(nobody.words, -1);
        Arrays.fill(nobody.writable, 0);
        return nobody;
    }

    @Override
    public long size() {
        return WORDS * 4L;
    }

    @Override
    public byte readByte(long offset) {
        return (byte) (word(offset) >>> ((offset & 3) * 8));
    }

    @Override
    public short readShort(long offset) {
        return (short) (word(offset) >>> ((offset & 3) * 8));
    }

    @Override
    public int readInt(long offset) {
        return word(offset);
    }

    @Override
    public void writeByte(long offset, byte value) {
        write(offset, value & 0xff, 0xff);
    }

    @Override
    public void writeShort(long offset, short value) {
        write(offset, value & 0xffff, 0xffff);
    }

    @Override
    public void writeInt(long offset, int value) {
        write(offset, value, -1);
    }

    int word(long offset) {
        return words[(int) offset / 4];
    }

    private void write(long offset, int value, int width) {
        writes++;
        int word = (int) offset / 4;
        int shift = (int) (offset & 3) * 8;
        int mask = (width << shift) & writable[word];
        words[word] = (words[word] & ~mask) | ((value << shift) & mask);
    }
}
