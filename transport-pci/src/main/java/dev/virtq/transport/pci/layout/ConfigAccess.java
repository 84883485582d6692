package dev.virtq.transport.pci.layout;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;

/**
 * Registers that are reached without their BAR: through the function's configuration space (the PCI
 * configuration access capability; virtio 1.4, section 4.1.4.9).
 *
 * <p>There is one such place for all structures, so each access says anew where it goes, and no
 * other comes between. It costs four accesses to configuration space, and is meant for BARs that
 * cannot be reached in any other way.
 */
final class ConfigAccess {
    /** How many bytes struct virtio_pci_cfg_cap has. */
    static final int CAPABILITY_SIZE = 20;

    // struct virtio_pci_cfg_cap
    private static final int BAR = 4; // u8
    private static final int OFFSET = 8; // le32
    private static final int LENGTH = 12; // le32
    private static final int PCI_CFG_DATA = 16; // 4 bytes

    /** What an offset of 32 bits can say. */
    private static final long REACH = 1L << 32;

    private final RegisterWindow capability;

    ConfigAccess(RegisterWindow config, VirtioStructure where) {
        capability = config.slice(where.position(), CAPABILITY_SIZE);
    }

    /** {@return how many of the bytes that start there can be reached} */
    static long reachable(VirtioStructure structure, long size) {
        return Math.min(size, REACH - structure.offset());
    }

    /**
     * Opens a structure.
     *
     * @param structure of another type than this capability (4.1.4.9.2#2)
     * @param size how many of its bytes may be accessed: no more than there are in its BAR
     */
    RegisterWindow window(VirtioStructure structure, long size) {
        return new Window(structure.bar(), structure.offset(), size);
    }

    private synchronized int read(int bar, long offset, int width) {
        select(bar, offset, width);
        return switch (width) {
            case 1 -> capability.readByte(PCI_CFG_DATA);
            case 2 -> capability.readShort(PCI_CFG_DATA);
            default -> capability.readInt(PCI_CFG_DATA);
        };
    }

    /** The device has the write before the next one may say where it goes. */
    private synchronized void write(int bar, long offset, int width, int value) {
        select(bar, offset, width);
        switch (width) {
            case 1 -> capability.writeByte(PCI_CFG_DATA, (byte) value);
            case 2 -> capability.writeShort(PCI_CFG_DATA, (short) value);
            default -> capability.writeInt(PCI_CFG_DATA, value);
        }
    }

    /** The length goes first: no offset is written that is not a multiple of it (4.1.4.9.2#1). */
    private void select(int bar, long offset, int width) {
        capability.writeByte(BAR, (byte) bar);
        capability.writeInt(LENGTH, width);
        capability.writeInt(OFFSET, (int) offset);
    }

    /** One structure. Posting is no faster than writing. */
    private final class Window implements RegisterWindow {
        private final int bar;
        private final long start;
        private final long size;

        Window(int bar, long start, long size) {
            this.bar = bar;
            this.start = start;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public byte readByte(long offset) {
            return (byte) read(bar, at(offset, 1), 1);
        }

        @Override
        public short readShort(long offset) {
            return (short) read(bar, at(offset, 2), 2);
        }

        @Override
        public int readInt(long offset) {
            return read(bar, at(offset, 4), 4);
        }

        @Override
        public void writeByte(long offset, byte value) {
            write(bar, at(offset, 1), 1, value);
        }

        @Override
        public void writeShort(long offset, short value) {
            write(bar, at(offset, 2), 2, value);
        }

        @Override
        public void writeInt(long offset, int value) {
            write(bar, at(offset, 4), 4, value);
        }

        private long at(long offset, int width) {
            if (offset < 0 || offset > size - width) {
                throw new IndexOutOfBoundsException(
                        "%d bytes at offset 0x%x (expected: within 0x%x bytes)"
                                .formatted(width, offset, size));
            }
            long position = start + offset;
            if (position % width != 0) {
                throw new IllegalArgumentException(
                        "%d bytes at offset 0x%x (expected: aligned)".formatted(width, position));
            }
            return position;
        }
    }
}
