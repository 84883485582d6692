package dev.virtq.machine.sim.vhostuser;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.machine.sim.device.ChainWitness;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each request does to the device, and what is answered. What was not agreed on is refused,
 * and so is what comes at the wrong time.
 */
final class Requests {
    /** Of the features: the back end speaks of protocol features. */
    private static final long PROTOCOL_FEATURES = 1L << 30;

    private static final int U64 = Long.BYTES;
    private static final int STATE = 8;
    private static final int ADDRESSES = 40;
    private static final int CONFIG_HEADER = 12;
    private static final int NO_DESCRIPTOR = 1 << 8;
    private static final int FEATURES_SET =
            DeviceStatus.ACKNOWLEDGE.mask()
                    | DeviceStatus.DRIVER.mask()
                    | DeviceStatus.FEATURES_OK.mask();

    /** What needs a protocol feature. */
    private static final Map<Request, ProtocolFeature> NEEDED =
            Map.of(
                    Request.GET_QUEUE_NUM, ProtocolFeature.MQ,
                    Request.SET_BACKEND_REQ_FD, ProtocolFeature.BACKEND_REQ,
                    Request.GET_CONFIG, ProtocolFeature.CONFIG,
                    Request.SET_CONFIG, ProtocolFeature.CONFIG,
                    Request.RESET_DEVICE, ProtocolFeature.RESET_DEVICE,
                    Request.GET_MAX_MEM_SLOTS, ProtocolFeature.CONFIGURE_MEM_SLOTS,
                    Request.ADD_MEM_REG, ProtocolFeature.CONFIGURE_MEM_SLOTS,
                    Request.SET_STATUS, ProtocolFeature.STATUS,
                    Request.GET_STATUS, ProtocolFeature.STATUS);

    private static final Set<Request> OF_THE_ACCOUNT =
            EnumSet.of(Request.GET_INFLIGHT_FD, Request.SET_INFLIGHT_FD);

    private final ServedMemory memory;
    private final ServedDevice device;
    private final List<ServedVring> vrings;
    private final long offeredAbilities;
    private long abilities;
    private boolean hasEnable;
    private boolean packed;
    private boolean inOrder;
    private @Nullable InflightAreas account;
    private @Nullable MemoryFile attached;
    private final Death.Countdown steps;

    /**
     * Serves a connection.
     *
     * @param steps after which the back end dies
     */
    Requests(
            Script script,
            ServedMemory memory,
            ServedDevice device,
            List<ServedVring> vrings,
            Death.Countdown steps) {
        this.steps = steps;
        this.memory = memory;
        this.device = device;
        this.vrings = vrings;
        offeredAbilities = script.abilityBits();
    }

    boolean acknowledges() {
        return ProtocolFeature.REPLY_ACK.in(abilities);
    }

    /**
     * Does what is asked for.
     *
     * @return the answer; {@code null} when the request has none
     */
    @Nullable Message answer(
            Arena arena, Request request, Message message, ReceivedDescriptors descriptors)
            throws Refusal, PosixException {
        ProtocolFeature needed =
                OF_THE_ACCOUNT.contains(request)
                        ? ProtocolFeature.INFLIGHT_SHMFD
                        : NEEDED.get(request);
        if (needed != null && !needed.in(abilities)) {
            throw new Refusal("%s without %s".formatted(request, needed));
        }
        return switch (request) {
            case GET_FEATURES -> number(arena, request, offered());
            case GET_PROTOCOL_FEATURES -> number(arena, request, offeredAbilities);
            case GET_QUEUE_NUM -> number(arena, request, device.toldQueues());
            case GET_MAX_MEM_SLOTS -> number(arena, request, ServedMemory.SLOTS);
            case GET_STATUS -> number(arena, request, device.readStatus());
            case GET_CONFIG -> config(arena, message);
            case GET_VRING_BASE -> base(arena, message);
            case GET_INFLIGHT_FD -> {
                MemoryFile[] made = new MemoryFile[1];
                Message answer = InflightAreas.make(arena, message, vrings.size(), packed, made);
                attached = made[0];
                yield answer;
            }
            default -> {
                obey(request, message, descriptors);
                yield null;
            }
        };
    }

    private void obey(Request request, Message message, ReceivedDescriptors descriptors)
            throws Refusal, PosixException {
        switch (request) {
            case SET_OWNER -> {}
            case SET_FEATURES -> accept(number(message));
            case SET_PROTOCOL_FEATURES -> agree(number(message));
            case SET_STATUS -> writeStatus((int) (number(message) & 0xff));
            case RESET_DEVICE -> writeStatus(0);
            case SET_MEM_TABLE -> table(message, descriptors);
            case ADD_MEM_REG -> {
                check(message, 8 + ServedMemory.REGION_BYTES);
                memory.add(message, 8, descriptors);
            }
            case SET_INFLIGHT_FD -> {
                if (vrings.stream().anyMatch(ServedVring::isRunning)) {
                    throw new Refusal("an account for queues that run");
                }
                account = InflightAreas.take(message, vrings.size(), packed, descriptors);
            }
            case SET_VRING_NUM -> vring(message, STATE).size(message.u32(4));
            case SET_VRING_BASE -> vring(message, STATE).base(message.u32(4));
            case SET_VRING_ADDR ->
                    vring(message, ADDRESSES)
                            .addresses(
                                    memory.translate(message.u64(8)),
                                    memory.translate(message.u64(16)),
                                    memory.translate(message.u64(24)));
            case SET_VRING_CALL -> vring(message, U64).call(event(message, descriptors));
            case SET_VRING_KICK -> {
                ServedVring vring = vring(message, U64);
                vring.kick(event(message, descriptors));
                if (!hasEnable) {
                    vring.enable(true);
                }
                run(vring);
            }
            case SET_VRING_ENABLE -> vring(message, STATE).enable(message.u32(4) != 0);
            default -> throw new Refusal(request + " is not served");
        }
    }

    /** A reset takes the queues away, too; most front ends have taken them back before. */
    private void writeStatus(int status) {
        if (status == 0) {
            vrings.forEach(ServedVring::stop);
        }
        device.writeStatus(status);
    }

    private long offered() {
        FeatureSet features = device.offered();
        long bits =
                Integer.toUnsignedLong(features.word(0))
                        | Integer.toUnsignedLong(features.word(1)) << Integer.SIZE;
        return offeredAbilities == 0 ? bits : bits | PROTOCOL_FEATURES;
    }

    private void accept(long bits) throws Refusal {
        if ((bits & ~offered()) != 0) {
            throw new Refusal("features 0x%x were not offered".formatted(bits & ~offered()));
        }
        hasEnable = (bits & PROTOCOL_FEATURES) != 0;
        long ofTheDevice = bits & ~PROTOCOL_FEATURES;
        FeatureSet features =
                FeatureSet.EMPTY
                        .withWord(0, (int) ofTheDevice)
                        .withWord(1, (int) (ofTheDevice >>> Integer.SIZE));
        packed = features.contains(CommonFeature.RING_PACKED);
        inOrder = features.contains(CommonFeature.IN_ORDER);
        if (ProtocolFeature.STATUS.in(abilities)) {
            device.accept(features); // the status tells when they are complete
            return;
        }
        device.writeStatus(0);
        device.writeStatus(DeviceStatus.ACKNOWLEDGE.mask() | DeviceStatus.DRIVER.mask());
        device.accept(features);
        device.writeStatus(FEATURES_SET);
        if (!DeviceStatus.FEATURES_OK.in(device.readStatus())) {
            throw new Refusal("features %s do not go together".formatted(features));
        }
    }

    private void agree(long bits) throws Refusal {
        if ((bits & ~offeredAbilities) != 0) {
            throw new Refusal(
                    "protocol features 0x%x were not offered".formatted(bits & ~offeredAbilities));
        }
        abilities = bits;
    }

    private void table(Message message, ReceivedDescriptors descriptors)
            throws Refusal, PosixException {
        int count = message.size() < 8 ? -1 : message.u32(0);
        if (count < 1
                || count > ServedMemory.SLOTS
                || descriptors.count() != count
                || message.size() != 8 + (long) count * ServedMemory.REGION_BYTES) {
            throw new Refusal(
                    "a table of %d regions in %d bytes, with %d files"
                            .formatted(count, message.size(), descriptors.count()));
        }
        for (int i = 0; i < count; i++) {
            memory.add(message, 8 + i * ServedMemory.REGION_BYTES, descriptors);
        }
    }

    /** {@return what goes with the answer, which is the caller's to close; null for nothing} */
    @Nullable MemoryFile takeAttached() {
        MemoryFile file = attached;
        attached = null;
        return file;
    }

    /** Without the device status there is no DRIVER_OK: the first queue says so. */
    private void run(ServedVring vring) throws Refusal {
        if (!vring.isRunning()) {
            vring.start(new Death(witness(vring), steps));
        }
        if (!ProtocolFeature.STATUS.in(abilities)) {
            device.writeStatus(FEATURES_SET | DeviceStatus.DRIVER_OK.mask());
        }
    }

    private ChainWitness witness(ServedVring vring) throws Refusal {
        if (!ProtocolFeature.INFLIGHT_SHMFD.in(abilities)) {
            return ChainWitness.NONE;
        }
        InflightAreas areas = account;
        if (areas == null) {
            throw new Refusal("a queue without the account that was agreed on");
        }
        QueueSetup setup = vring.setup();
        QueueInflight inflight = areas.of(vring.index(), setup.size(), packed, inOrder);
        inflight.start(
                setup.startState(),
                packed ? OptionalInt.empty() : memory.u16(setup.deviceArea() + Short.BYTES));
        return inflight;
    }

    private Message base(Arena arena, Message message) throws Refusal {
        int base = vring(message, STATE).stop();
        return Message.of(arena, Request.GET_VRING_BASE.number(), STATE)
                .u32(0, message.u32(0))
                .u32(4, base)
                .asReply();
    }

    /** Gives all the bytes that are asked for; none when there are not so many. */
    private Message config(Arena arena, Message message) throws Refusal {
        if (message.size() < CONFIG_HEADER) {
            throw new Refusal("GET_CONFIG of %d bytes".formatted(message.size()));
        }
        ConfigSpace config = device.config();
        int offset = message.u32(0);
        int length = message.u32(4);
        if (offset < 0
                || length < 1
                || length > config.length() - offset
                || message.size() != CONFIG_HEADER + (long) length) {
            return Message.of(arena, Request.GET_CONFIG.number(), 0).asReply();
        }
        Message answer =
                Message.of(arena, Request.GET_CONFIG.number(), CONFIG_HEADER + length)
                        .u32(0, offset)
                        .u32(4, length);
        for (int i = 0; i < length; i++) {
            answer.payload()
                    .set(
                            ValueLayout.JAVA_BYTE,
                            CONFIG_HEADER + (long) i,
                            config.readByte(offset + i));
        }
        return answer.asReply();
    }

    private ServedVring vring(Message message, int bytes) throws Refusal {
        check(message, bytes);
        int index = message.u32(0) & (bytes == U64 ? 0xff : -1);
        if (index < 0 || index >= vrings.size()) {
            throw new Refusal("queue %d (expected: 0..%d)".formatted(index, vrings.size() - 1));
        }
        return vrings.get(index);
    }

    private static EventFd event(Message message, ReceivedDescriptors descriptors) throws Refusal {
        if ((message.u64(0) & NO_DESCRIPTOR) != 0 || descriptors.count() != 1) {
            throw new Refusal(
                    "%d file descriptors (expected: an eventfd)".formatted(descriptors.count()));
        }
        return EventFd.of(descriptors);
    }

    private static long number(Message message) throws Refusal {
        check(message, U64);
        return message.u64(0);
    }

    private static Message number(Arena arena, Request request, long value) {
        return Message.of(arena, request.number(), U64).u64(0, value).asReply();
    }

    private static void check(Message message, int bytes) throws Refusal {
        if (message.size() != bytes) {
            throw new Refusal(
                    "message %d has %d bytes (expected: %d)"
                            .formatted(message.request(), message.size(), bytes));
        }
    }
}
