package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;

/**
 * A PCI-to-PCI bridge: which buses are behind it, and which addresses it passes on (PCI-to-PCI
 * Bridge Architecture 1.2, section 3.2.5). A port of PCI Express is one, too.
 */
final class PciBridge {
    /** The least that the memory of a bridge can begin and end with. */
    static final long MEMORY_GRANULE = 1L << 20;

    /** The same for ports. */
    static final long PORT_GRANULE = 1L << 12;

    private static final int HEADER_TYPE = 0x0e;
    private static final int BRIDGE = 0x01;

    private static final int COMMAND = 0x04;
    private static final int PORTS_MEMORY_AND_BUS_MASTER = 0x7;
    private static final int PRIMARY = 0x18;
    private static final int SECONDARY = 0x19;
    private static final int SUBORDINATE = 0x1a;
    private static final int PORT_BASE = 0x1c;
    private static final int PORT_LIMIT = 0x1d;
    private static final int MEMORY_BASE = 0x20;
    private static final int MEMORY_LIMIT = 0x22;
    private static final int PREFETCHABLE_BASE = 0x24;
    private static final int PREFETCHABLE_LIMIT = 0x26;
    private static final int PREFETCHABLE_BASE_UPPER = 0x28;
    private static final int PREFETCHABLE_LIMIT_UPPER = 0x2c;
    private static final int PORT_BASE_UPPER = 0x30;
    private static final int PORT_LIMIT_UPPER = 0x32;

    private static final int WIDTH_MASK = 0xf;
    private static final int WIDTH_64 = 0x1;

    private final RegisterWindow config;

    PciBridge(RegisterWindow config) {
        this.config = config;
    }

    /**
     * {@return whether a function is one}
     *
     * @param config its configuration space
     */
    static boolean is(RegisterWindow config) {
        return (config.readByte(HEADER_TYPE) & 0x7f) == BRIDGE;
    }

    /**
     * Tells it which buses are behind it.
     *
     * @return whether it has taken the numbers
     */
    boolean setBuses(int primary, int secondary, int subordinate) {
        config.writeByte(PRIMARY, (byte) primary);
        config.writeByte(SECONDARY, (byte) secondary);
        config.writeByte(SUBORDINATE, (byte) subordinate);
        return (config.readByte(SECONDARY) & 0xff) == secondary
                && (config.readByte(SUBORDINATE) & 0xff) == subordinate;
    }

    /** {@return whether it passes addresses above 4 GiB on} */
    boolean reachesHigh() {
        return (config.readShort(PREFETCHABLE_BASE) & WIDTH_MASK) == WIDTH_64;
    }

    /** {@return whether a link of PCI Express is behind it, and not a bus for many devices} */
    boolean hasLink() {
        return ExpressCapability.of(config).filter(ExpressCapability::isDownwardPort).isPresent();
    }

    /**
     * Has it pass on these addresses and no others, and what the devices behind it send to memory.
     */
    void pass(BarWindows windows) {
        memory(MEMORY_BASE, MEMORY_LIMIT, windows.low());
        memory(PREFETCHABLE_BASE, PREFETCHABLE_LIMIT, windows.high());
        config.writeInt(PREFETCHABLE_BASE_UPPER, upper(windows.high().first()));
        config.writeInt(PREFETCHABLE_LIMIT_UPPER, upper(windows.high().end() - 1));
        ports(windows.ports());
        int command = config.readShort(COMMAND) & 0xffff;
        config.writeShort(COMMAND, (short) (command | PORTS_MEMORY_AND_BUS_MASTER));
    }

    /** A base above its limit passes nothing on. */
    private void memory(int base, int limit, AddressRange range) {
        boolean none = range.isNone();
        config.writeShort(base, (short) (none ? 0xfff0 : range.first() >>> 16 & 0xfff0));
        config.writeShort(limit, (short) (none ? 0 : (range.end() - 1) >>> 16 & 0xfff0));
    }

    private void ports(AddressRange range) {
        boolean none = range.isNone();
        config.writeByte(PORT_BASE, (byte) (none ? 0xf0 : range.first() >>> 8 & 0xf0));
        config.writeByte(PORT_LIMIT, (byte) (none ? 0 : (range.end() - 1) >>> 8 & 0xf0));
        config.writeShort(PORT_BASE_UPPER, (short) 0);
        config.writeShort(PORT_LIMIT_UPPER, (short) 0);
    }

    private static int upper(long address) {
        return address < 0 ? 0 : (int) (address >>> 32);
    }
}
