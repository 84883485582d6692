package dev.virtq.machine.sim.network;

/** The addresses of QEMU's user network: 10.0.2.0/24, all of them the same host in fact. */
final class Addresses {
    static final int GATEWAY = 0x0a000202;
    static final int NAME_SERVER = 0x0a000203;
    static final int FIRST_GUEST = 0x0a00020f;
    static final int MASK = 0xffffff00;
    static final int BROADCAST = 0xffffffff;

    static final long BROADCAST_MAC = 0xffff_ffff_ffffL;

    /** A host of this network has its own IPv4 address in its Ethernet address. */
    private static final long MAC_PREFIX = 0x5255_0000_0000L;

    private Addresses() {}

    static long macOf(int host) {
        return MAC_PREFIX | Integer.toUnsignedLong(host);
    }

    static boolean isHost(int address) {
        return address == GATEWAY || address == NAME_SERVER;
    }
}
