package dev.virtq.transport.pci;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciBar.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out which BARs a function implements and how large they are, and assigns them: for machines
 * that enumerate their bus themselves (PCI Local Bus 3.0, section 6.2.5.1).
 */
public final class BarProbe {
    private static final int COMMAND = 0x04;
    private static final int DECODES = 0x3; // I/O space and memory space
    private static final int HEADER_TYPE = 0x0e;
    private static final int FIRST_REGISTER = 0x10;
    private static final int REGISTERS = 6;
    private static final int REGISTERS_OF_BRIDGE = 2;
    private static final int ORDINARY = 0;
    private static final int BRIDGE = 1;

    private static final int IO = 0x1;
    private static final int MEMORY_TYPE = 0x6;
    private static final int MEMORY_TYPE_32 = 0x0;
    private static final int MEMORY_TYPE_64 = 0x4;
    private static final int PREFETCHABLE = 0x8;

    private final RegisterWindow config;
    private final int registers;

    /**
     * Probes by a configuration space.
     *
     * @param config the configuration space of an ordinary function, which has six base address
     *     registers, or of a PCI-to-PCI bridge, which has two
     * @throws IllegalArgumentException when it is that of something else, or of nothing
     */
    public BarProbe(RegisterWindow config) {
        int header = config.readByte(HEADER_TYPE) & 0x7f; // the top bit says "several functions"
        if (header != ORDINARY && header != BRIDGE) {
            throw new IllegalArgumentException(
                    "pci header type 0x%02x (expected: 0, an ordinary function, or 1, a bridge)"
                            .formatted(header));
        }
        this.config = config;
        this.registers = header == BRIDGE ? REGISTERS_OF_BRIDGE : REGISTERS;
    }

    /**
     * Sizes the BARs by writing all ones and reading what sticks. Decoding is off meanwhile; all
     * registers are as before afterwards.
     *
     * @return the BARs that are implemented, by ascending index, at the addresses that they have
     * @throws DeviceFaultException when a register reads as no base address register can
     */
    public List<PciBar> probe() {
        short command = config.readShort(COMMAND);
        config.writeShort(COMMAND, (short) (command & ~DECODES));
        try {
            List<PciBar> bars = new ArrayList<>();
            int index = 0;
            while (index < registers) {
                int value = config.readInt(register(index));
                boolean wide = isMemory64(value);
                if (wide && index == registers - 1) {
                    throw fault(index, "is a 64-bit BAR without an upper half", value);
                }
                long mask = probeMask(index, wide);
                if (mask != 0) {
                    bars.add(bar(index, value, wide, mask));
                }
                index += wide ? 2 : 1;
            }
            return List.copyOf(bars);
        } finally {
            config.writeShort(COMMAND, command);
        }
    }

    /**
     * Tells the function where a BAR starts. Decoding should be off until all have been assigned.
     *
     * @param bar with the address that it shall have
     */
    public void assign(PciBar bar) {
        if (bar.kind() != Kind.MEMORY_64 && bar.address() >>> 32 != 0) {
            throw new IllegalArgumentException(
                    "BAR %d is a 32-bit one and cannot start at 0x%x"
                            .formatted(bar.index(), bar.address()));
        }
        config.writeInt(register(bar.index()), (int) bar.address());
        if (bar.kind() == Kind.MEMORY_64) {
            config.writeInt(register(bar.index() + 1), (int) (bar.address() >>> 32));
        }
    }

    /** Writes all ones, and puts back what was there. {@return the writable bits; 0 when none} */
    private long probeMask(int index, boolean wide) {
        int low = allOnesReadBack(index);
        long bits = low & addressBits(low) & 0xffff_ffffL;
        if (wide) {
            bits |= (long) allOnesReadBack(index + 1) << 32;
        }
        return bits;
    }

    private int allOnesReadBack(int index) {
        int before = config.readInt(register(index));
        config.writeInt(register(index), -1);
        int after = config.readInt(register(index));
        config.writeInt(register(index), before);
        return after;
    }

    private PciBar bar(int index, int low, boolean wide, long mask) {
        long size = Long.lowestOneBit(mask);
        if (size <= 0) {
            throw fault(index, "decodes half of the address space", low);
        }
        int type = low & MEMORY_TYPE;
        if ((low & IO) == 0 && type != MEMORY_TYPE_32 && type != MEMORY_TYPE_64) {
            throw fault(index, "has a reserved type", low);
        }
        long address = low & addressBits(low) & 0xffff_ffffL;
        if (wide) {
            address |= (long) config.readInt(register(index + 1)) << 32;
        }
        Kind kind = (low & IO) != 0 ? Kind.IO : wide ? Kind.MEMORY_64 : Kind.MEMORY_32;
        boolean prefetchable = kind != Kind.IO && (low & PREFETCHABLE) != 0;
        return new PciBar(index, kind, prefetchable, address & -size, size);
    }

    private static boolean isMemory64(int low) {
        return (low & IO) == 0 && (low & MEMORY_TYPE) == MEMORY_TYPE_64;
    }

    private static int addressBits(int low) {
        return (low & IO) != 0 ? ~0x3 : ~0xf;
    }

    private static int register(int index) {
        return FIRST_REGISTER + 4 * index;
    }

    private static DeviceFaultException fault(int index, String what, int value) {
        return new DeviceFaultException(
                "base address register " + index + " " + what,
                "4.1.1#1",
                "register 0x%02x reads 0x%08x".formatted(register(index), value));
    }
}
