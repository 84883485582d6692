package dev.virtq.machine.sim;

import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.device.Conduct;
import dev.virtq.machine.sim.device.FeatureChoice;
import dev.virtq.machine.sim.device.Hardware;
import dev.virtq.machine.sim.device.NetSettings;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.machine.sim.network.UserNetwork;
import dev.virtq.machine.sim.network.UserNetworkSettings;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SimMachine} is made with.
 *
 * <pre>{@code
 * SimMachine machine = SimMachine.builder().memory(8 << 20).queueSize(64).mtu(9000).start();
 * }</pre>
 *
 * <p>Not thread safe.
 */
public final class SimMachineBuilder {
    /** Not 0, so that an address that was never set leads nowhere. */
    private static final long LOW_ADDRESS = 0x10_0000;

    /** Behind a hole, as on a PC. */
    private static final long HIGH_ADDRESS = 0x1_0000_0000L;

    /** Far more than any ring or buffer asks to be aligned to. */
    private static final long ALIGNMENT = 0x1_0000;

    private static final int SMALLEST_MTU = 68;

    private List<Extent> extents = twoExtents(64L << 20);
    private int queueSize = 256;
    private long mac = 0x5254_0012_3456L;
    private int mtu = 1500;
    private @Nullable SimNetwork network;
    private UserNetworkSettings userNetwork = UserNetworkSettings.NOTHING;
    private FeatureChoice features = FeatureChoice.HONEST;
    private Mischief mischief = Mischief.NONE;
    private final List<SimDevice> testDevices = new ArrayList<>();
    private final List<SimFileSystem> shares = new ArrayList<>();
    private boolean stepped;

    SimMachineBuilder() {}

    /**
     * Sets how much memory there is: one half low, the other half above 4 GiB, and a hole between.
     *
     * @param bytes how much; a multiple of 128 KiB, at least 1 MiB
     * @return this
     */
    public SimMachineBuilder memory(long bytes) {
        if (bytes < 1 << 20 || bytes > HIGH_ADDRESS || bytes % (2 * ALIGNMENT) != 0) {
            throw new IllegalArgumentException(
                    "memory of %d bytes (expected: a multiple of 128 KiB, 1 MiB to 4 GiB)"
                            .formatted(bytes));
        }
        extents = twoExtents(bytes);
        return this;
    }

    /**
     * Sets where memory is, for the device.
     *
     * @param runs one or more runs that do not overlap, their addresses and lengths multiples of 64
     *     KiB
     * @return this
     */
    public SimMachineBuilder memoryAt(Extent... runs) {
        for (Extent run : runs) {
            if (run.address() % ALIGNMENT != 0 || run.length() % ALIGNMENT != 0) {
                throw new IllegalArgumentException(
                        run + " (expected: address and length in multiples of 64 KiB)");
            }
        }
        if (runs.length == 0) {
            throw new IllegalArgumentException("a machine needs memory: at least one run");
        }
        extents = List.of(runs);
        return this;
    }

    /**
     * Adds a test device beside the network device. They are called by their type and a number, as
     * in {@code echo0}.
     *
     * @param device what it does
     * @return this
     */
    public SimMachineBuilder device(SimDevice device) {
        testDevices.add(device);
        return this;
    }

    /**
     * Adds a file system device. They are called {@code fs0}, {@code fs1} and so on.
     *
     * @param share what it serves
     * @return this
     */
    public SimMachineBuilder device(SimFileSystem share) {
        shares.add(share);
        return this;
    }

    /**
     * Sets the largest queue that the devices take. A size that is not a power of two is for packed
     * rings: the devices then take no features without RING_PACKED.
     *
     * @param entries how many entries, at most 32768
     * @return this
     */
    public SimMachineBuilder queueSize(int entries) {
        queueSize = entries;
        return this;
    }

    /**
     * Sets the device's address.
     *
     * @param address as in {@code 52:54:00:12:34:56}
     * @return this
     */
    public SimMachineBuilder mac(String address) {
        if (!address.matches("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")) {
            throw new IllegalArgumentException(
                    "MAC address '%s' (expected: as in 52:54:00:12:34:56)".formatted(address));
        }
        mac = HexFormat.fromHexDigitsToLong(address.replace(":", ""));
        return this;
    }

    /**
     * Sets the largest MTU that the device names.
     *
     * @param bytes 68 to 65535
     * @return this
     */
    public SimMachineBuilder mtu(int bytes) {
        if (bytes < SMALLEST_MTU || bytes > 0xffff) {
            throw new IllegalArgumentException(
                    "MTU %d (expected: %d..65535)".formatted(bytes, SMALLEST_MTU));
        }
        mtu = bytes;
        return this;
    }

    /**
     * Plugs the device into a network of the caller's.
     *
     * @param other the network
     * @return this
     */
    public SimMachineBuilder network(SimNetwork other) {
        network = other;
        return this;
    }

    /**
     * Plugs the device into a network as QEMU's {@code -netdev user} makes it: 10.0.2.2 answers
     * ARP, ICMP echo, DHCP, and TFTP when a folder is given.
     *
     * @param tftp the folder that TFTP serves; {@code null} for none
     * @param bootFile the boot file that DHCP names; {@code null} for none
     * @return this
     */
    public SimMachineBuilder userNetwork(@Nullable Path tftp, @Nullable String bootFile) {
        userNetwork = new UserNetworkSettings(tftp, bootFile);
        network = null;
        return this;
    }

    /**
     * Takes features out of what the devices offer.
     *
     * @param withheld features that they implement
     * @return this
     */
    public SimMachineBuilder withholding(FeatureSet withheld) {
        features = new FeatureChoice(withheld, features.pretended());
        return this;
    }

    /**
     * Adds features to what the devices offer, which they do not implement. They do not take
     * FEATURES_OK from a driver that accepts one of them.
     *
     * @param pretended features that they do not implement
     * @return this
     */
    public SimMachineBuilder pretending(FeatureSet pretended) {
        features = new FeatureChoice(features.withheld(), pretended);
        return this;
    }

    /**
     * Makes the devices break rules, until {@link SimMachine#misbehave} says otherwise.
     *
     * @param rules which rules
     * @return this
     */
    public SimMachineBuilder mischief(Mischief rules) {
        mischief = rules;
        return this;
    }

    /**
     * Lets the devices work only in {@link SimMachine#step}.
     *
     * @return this
     */
    public SimMachineBuilder stepped() {
        stepped = true;
        return this;
    }

    /**
     * Makes the machine.
     *
     * @return the machine, running
     * @throws IllegalArgumentException when it cannot be like that
     */
    public SimMachine start() {
        long bytes = extents.stream().mapToLong(Extent::length).sum();
        // GC-managed: the memory lives as long as anybody holds a view of it.
        MemorySegment segment = Arena.ofAuto().allocate(bytes, ALIGNMENT);
        DmaMemory memory = new DmaMemory(new MemoryMapping(segment, extents));
        Hardware hardware =
                new Hardware(memory, features, queueSize, new Conduct(mischief), stepped);
        NetSettings net = new NetSettings(mac, mtu, network());
        return new SimMachine(hardware, net, testDevices, shares);
    }

    private SimNetwork network() {
        SimNetwork given = network;
        if (given != null) {
            return given;
        }
        UserNetwork user = new UserNetwork(userNetwork);
        return (frame, replies) -> user.accept(frame, replies::accept);
    }

    private static List<Extent> twoExtents(long bytes) {
        return List.of(new Extent(LOW_ADDRESS, bytes / 2), new Extent(HIGH_ADDRESS, bytes / 2));
    }
}
