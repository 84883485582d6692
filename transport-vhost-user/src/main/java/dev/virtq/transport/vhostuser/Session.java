package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceType;
import dev.virtq.transport.vhostuser.posix.FileDescriptor;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** What front end and back end agreed on when they met. */
final class Session {
    /** Of the back end's features: it speaks of protocol features. It is no feature of a device. */
    static final long PROTOCOL_FEATURES = 1L << 30;

    /** Of the back end's features: it can log what it writes, for migration. */
    static final int LOG_ALL_BIT = 26;

    private static final int MOST_QUEUES = 256;

    private static final int REGION_BYTES = 32;
    private static final int MOST_REGIONS_IN_A_TABLE = 8;
    private static final int FEWEST_SLOTS = 2;

    private final Connection connection;
    private final boolean hasProtocolFeatures;
    private final long protocolFeatures;
    private boolean knowsMemory;

    /** Greets the back end. */
    Session(Connection connection) {
        this.connection = connection;
        hasProtocolFeatures = (connection.ask(Request.GET_FEATURES) & PROTOCOL_FEATURES) != 0;
        protocolFeatures =
                hasProtocolFeatures
                        ? connection.ask(Request.GET_PROTOCOL_FEATURES) & ProtocolFeature.known()
                        : 0;
        if (hasProtocolFeatures) {
            connection.tell(Request.SET_PROTOCOL_FEATURES, protocolFeatures);
            connection.agreed(protocolFeatures);
        }
        connection.tell(Request.SET_OWNER);
    }

    boolean has(ProtocolFeature feature) {
        return feature.in(protocolFeatures);
    }

    /** {@return whether the back end is told of each queue when it may take buffers} */
    boolean hasEnable() {
        return hasProtocolFeatures;
    }

    /** {@return how many queues the device has} */
    int queueCount(DeviceType type) {
        // Of a network device a back end tells how many pairs it has, and with no configuration
        // space there is no way to use more than one.
        if (type.equals(DeviceType.NETWORK) && !has(ProtocolFeature.CONFIG)) {
            return 2;
        }
        if (!has(ProtocolFeature.MQ)) {
            return type.equals(DeviceType.BLOCK) ? 1 : 2;
        }
        long told = connection.ask(Request.GET_QUEUE_NUM);
        if (told < 1) {
            throw new BackEndFaultException(
                    "the back end has %d queues (expected: at least 1)".formatted(told));
        }
        return (int) Math.min(type.equals(DeviceType.NETWORK) ? 2 * told : told, MOST_QUEUES);
    }

    /** {@return the features of the device} */
    long features() {
        return connection.ask(Request.GET_FEATURES) & ~PROTOCOL_FEATURES;
    }

    /** Accepts features of the device. */
    void accept(long features) {
        connection.tell(
                Request.SET_FEATURES,
                hasProtocolFeatures ? features | PROTOCOL_FEATURES : features);
    }

    /** Gives the back end somewhere to say something unasked; for one with BACKEND_REQ. */
    void hear(UnixSocket backEndsEnd) {
        connection.tell(Request.SET_BACKEND_REQ_FD, List.of(backEndsEnd));
    }

    /** Shares memory, once. */
    void share(SharedRam ram) {
        if (knowsMemory) {
            return;
        }
        List<SharedRam.Region> regions = ram.regions();
        if (has(ProtocolFeature.CONFIGURE_MEM_SLOTS)) {
            long slots = connection.ask(Request.GET_MAX_MEM_SLOTS);
            if (slots < FEWEST_SLOTS) {
                throw new BackEndFaultException(
                        "the back end has %d slots for memory (expected: at least %d)"
                                .formatted(slots, FEWEST_SLOTS));
            }
            regions.forEach(region -> add(region, ram.file()));
        } else {
            table(regions, ram.file());
        }
        knowsMemory = true;
    }

    private void add(SharedRam.Region region, FileDescriptor file) {
        try (Arena arena = Arena.ofConfined()) {
            Message message = Message.of(arena, Request.ADD_MEM_REG.number(), 8 + REGION_BYTES);
            describe(message, 8, region);
            connection.tell(Request.ADD_MEM_REG, message, List.of(file));
        }
    }

    private void table(List<SharedRam.Region> regions, FileDescriptor file) {
        if (regions.size() > MOST_REGIONS_IN_A_TABLE) {
            throw new IllegalArgumentException(
                    "%d regions of memory (expected: at most %d)"
                            .formatted(regions.size(), MOST_REGIONS_IN_A_TABLE));
        }
        try (Arena arena = Arena.ofConfined()) {
            Message message =
                    Message.of(
                            arena,
                            Request.SET_MEM_TABLE.number(),
                            8 + regions.size() * REGION_BYTES);
            message.u32(0, regions.size());
            List<FileDescriptor> files = new ArrayList<>();
            for (int i = 0; i < regions.size(); i++) {
                describe(message, 8 + i * REGION_BYTES, regions.get(i));
                files.add(file);
            }
            connection.tell(Request.SET_MEM_TABLE, message, files);
        }
    }

    private static void describe(Message message, int at, SharedRam.Region region) {
        message.u64(at, region.address())
                .u64(at + 8, region.length())
                .u64(at + 16, region.address())
                .u64(at + 24, region.offset());
    }
}
