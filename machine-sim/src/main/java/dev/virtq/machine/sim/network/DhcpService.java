package dev.virtq.machine.sim.network;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The DHCP server (RFC 2131) at the gateway. It leases sixteen addresses from 10.0.2.15 on, each to
 * the Ethernet address that asked for it first, and never takes one back.
 */
final class DhcpService {
    static final int SERVER_PORT = 67;
    static final int CLIENT_PORT = 68;
    static final int LONGEST_BOOT_FILE = 127;

    private static final int LEASE_SECONDS = 86400;
    private static final int POOL = 16;

    private static final int OPTIONS = 240;
    private static final int LENGTH = 548;
    private static final int FILE = 108;
    private static final int COOKIE = 0x63825363;

    private static final int DISCOVER = 1;
    private static final int OFFER = 2;
    private static final int REQUEST = 3;
    private static final int ACK = 5;
    private static final int NAK = 6;

    private static final String REFUSAL = "requested address not available";

    /** What a client asks for. */
    private record Question(int type, int requestedAddress, long mac) {}

    private final byte[] bootFile;

    /** Owners of the addresses of the pool, in order; null where one is free. */
    private final List<@Nullable Long> owners = new ArrayList<>();

    DhcpService(@Nullable String bootFile) {
        byte[] field = bootFile == null ? null : bootFileField(bootFile);
        this.bootFile = field == null ? new byte[0] : field;
        for (int i = 0; i < POOL; i++) {
            owners.add(null);
        }
    }

    /** The boot file's name as it is sent; null when it is too long. */
    static byte @Nullable [] bootFileField(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return bytes.length > LONGEST_BOOT_FILE ? null : bytes;
    }

    /** The answer, which the caller broadcasts; null when there is none. */
    @Nullable UdpMessage answer(UdpMessage message) {
        boolean forUs =
                message.destination() == Addresses.GATEWAY
                        || message.destination() == Addresses.BROADCAST;
        ByteBuffer in = message.body();
        Question question = forUs ? read(in) : null;
        if (question == null || (question.type != DISCOVER && question.type != REQUEST)) {
            return null;
        }
        int slot = slotFor(question);
        if (slot < 0 && question.type == DISCOVER) {
            return null; // the pool is empty
        }
        if (slot >= 0) {
            owners.set(slot, question.mac);
        }
        return new UdpMessage(
                Addresses.GATEWAY,
                SERVER_PORT,
                Addresses.BROADCAST,
                CLIENT_PORT,
                reply(in, question, slot));
    }

    private static @Nullable Question read(ByteBuffer in) {
        if (in.remaining() < OPTIONS || in.get(0) != 1) {
            return null;
        }
        long mac = (long) in.getShort(28) << 32 & 0xffff_0000_0000L;
        mac |= Integer.toUnsignedLong(in.getInt(30));
        int type = 0;
        int requested = 0;
        if (in.getInt(236) == COOKIE) {
            int at = OPTIONS;
            while (at < in.limit() && in.get(at) != -1) {
                int code = in.get(at++);
                if (code == 0) {
                    continue;
                }
                if (at >= in.limit() || at + 1 + (in.get(at) & 0xff) > in.limit()) {
                    break;
                }
                int length = in.get(at++) & 0xff;
                if (code == 53 && length >= 1) {
                    type = in.get(at);
                } else if (code == 50 && length >= 4) {
                    requested = in.getInt(at);
                }
                at += length;
            }
        }
        // A BOOTP client sends no type and takes what it is given.
        int effectiveType = type == 0 ? REQUEST : type;
        boolean renewing = effectiveType == REQUEST && requested == 0;
        return new Question(effectiveType, renewing ? in.getInt(12) : requested, mac);
    }

    /** The place in the pool for a client; -1 when it cannot have what it asks for. */
    private int slotFor(Question question) {
        if (question.requestedAddress != 0) {
            int wanted = question.requestedAddress - Addresses.FIRST_GUEST;
            if (wanted >= 0 && wanted < POOL && isFreeFor(wanted, question.mac)) {
                return wanted;
            }
            if (question.type == REQUEST) {
                return -1;
            }
        }
        int own = owners.indexOf(question.mac);
        return own >= 0 ? own : owners.indexOf(null);
    }

    private boolean isFreeFor(int slot, long mac) {
        Long owner = owners.get(slot);
        return owner == null || owner == mac;
    }

    private ByteBuffer reply(ByteBuffer in, Question question, int slot) {
        ByteBuffer out = ByteBuffer.allocate(LENGTH);
        out.put((byte) 2).put((byte) 1).put((byte) 6).put((byte) 0).putInt(in.getInt(4));
        int given = slot < 0 ? Addresses.BROADCAST : Addresses.FIRST_GUEST + slot;
        out.putInt(16, given).putInt(20, Addresses.GATEWAY);
        out.putShort(28, (short) (question.mac >> 32)).putInt(30, (int) question.mac);
        out.putInt(236, COOKIE).position(OPTIONS);
        if (slot < 0) {
            byte[] reason = REFUSAL.getBytes(StandardCharsets.US_ASCII);
            out.put(new byte[] {53, 1, NAK, 56, (byte) reason.length}).put(reason);
        } else {
            out.put(FILE, bootFile);
            out.put(new byte[] {53, 1, (byte) (question.type == DISCOVER ? OFFER : ACK)});
            option(out, 54, Addresses.GATEWAY);
            option(out, 1, Addresses.MASK);
            option(out, 3, Addresses.GATEWAY);
            option(out, 6, Addresses.NAME_SERVER);
            option(out, 51, LEASE_SECONDS);
        }
        return out.put((byte) -1).rewind();
    }

    private static void option(ByteBuffer out, int code, int value) {
        out.put((byte) code).put((byte) 4).putInt(value);
    }
}
