package dev.virtq.machine.sim.network;

import dev.virtq.machine.sim.network.TftpFiles.RefusedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The TFTP server (RFC 1350) at the gateway: it reads only, and knows {@code blksize} and {@code
 * tsize} (RFC 2348, 2349).
 *
 * <p>There is no timer. A packet that was lost is sent again when the client repeats what it sent
 * before. QEMU's server is simpler still and answers every acknowledgment, a repeated one too, with
 * the next block; this one does what the RFC says.
 */
final class TftpService {
    static final int PORT = 69;

    private static final int LARGEST_BLOCK = 1428;
    private static final int MOST_TRANSFERS = 20;

    private static final int READ_REQUEST = 1;
    private static final int DATA = 3;
    private static final int ACKNOWLEDGMENT = 4;
    private static final int ERROR = 5;
    private static final int OPTION_ACKNOWLEDGMENT = 6;

    private static final int UNSUPPORTED = 4;

    private static final String OCTET = "octet";

    private record Client(int address, int port) {}

    /** A file on its way to a client. */
    private static final class Transfer {
        final Path file;
        int blockSize = 512;
        long sent;
        boolean lastSent;

        Transfer(Path file) {
            this.file = file;
        }
    }

    private final @Nullable TftpFiles files;
    private final Map<Client, Transfer> transfers = new LinkedHashMap<>();

    TftpService(@Nullable Path directory) {
        this.files = directory == null ? null : new TftpFiles(directory);
    }

    @Nullable UdpMessage answer(UdpMessage message) {
        ByteBuffer in = message.body().slice();
        if (message.destination() != Addresses.GATEWAY || in.limit() < 2) {
            return null;
        }
        Client client = new Client(message.source(), message.sourcePort());
        ByteBuffer out;
        try {
            out =
                    switch (in.getShort()) {
                        case READ_REQUEST -> begin(client, in);
                        case ACKNOWLEDGMENT -> proceed(client, in);
                        case ERROR -> {
                            transfers.remove(client);
                            yield null;
                        }
                        default -> null;
                    };
        } catch (RefusedException e) {
            transfers.remove(client);
            out = error(e);
        }
        return out == null
                ? null
                : new UdpMessage(Addresses.GATEWAY, PORT, client.address, client.port, out);
    }

    private ByteBuffer begin(Client client, ByteBuffer in) throws RefusedException {
        transfers.remove(client);
        if (files == null) {
            throw violation();
        }
        String name = text(in);
        if (in.remaining() <= OCTET.length()) {
            throw violation();
        }
        if (!text(in).equalsIgnoreCase(OCTET)) {
            throw new RefusedException(UNSUPPORTED, "Unsupported transfer mode");
        }
        Transfer transfer = new Transfer(files.find(name));
        ByteBuffer agreement = agree(transfer, in);
        if (transfers.size() >= MOST_TRANSFERS) {
            transfers.remove(transfers.keySet().iterator().next());
        }
        transfers.put(client, transfer);
        return agreement != null ? agreement : next(transfer);
    }

    /** Takes in the options of a request; null when none of them is one that we know. */
    private static @Nullable ByteBuffer agree(Transfer transfer, ByteBuffer in)
            throws RefusedException {
        StringBuilder agreed = new StringBuilder();
        while (in.hasRemaining()) {
            String name = text(in).toLowerCase(Locale.ROOT);
            long value = number(text(in));
            if (name.equals("tsize") && value >= 0) {
                long size = value == 0 ? TftpFiles.size(transfer.file) : value;
                agreed.append("tsize\0").append(size).append('\0');
            } else if (name.equals("blksize") && value > 0) {
                transfer.blockSize = (int) Math.min(value, LARGEST_BLOCK);
                agreed.append("blksize\0").append(transfer.blockSize).append('\0');
            }
        }
        if (agreed.isEmpty()) {
            return null;
        }
        byte[] bytes = agreed.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(2 + bytes.length);
        return out.putShort((short) OPTION_ACKNOWLEDGMENT).put(bytes).flip();
    }

    private @Nullable ByteBuffer proceed(Client client, ByteBuffer in) throws RefusedException {
        Transfer transfer = transfers.get(client);
        if (transfer == null || in.remaining() < 2) {
            return null;
        }
        int behind = ((int) transfer.sent - in.getShort()) & 0xffff;
        if (behind == 1) {
            return block(transfer);
        }
        if (behind != 0) {
            return null;
        }
        if (transfer.lastSent) {
            transfers.remove(client);
            return null;
        }
        return next(transfer);
    }

    private static ByteBuffer next(Transfer transfer) throws RefusedException {
        transfer.sent++;
        return block(transfer);
    }

    private static ByteBuffer block(Transfer transfer) throws RefusedException {
        ByteBuffer bytes =
                TftpFiles.read(
                        transfer.file,
                        (transfer.sent - 1) * transfer.blockSize,
                        transfer.blockSize);
        transfer.lastSent = bytes.remaining() < transfer.blockSize;
        ByteBuffer out = ByteBuffer.allocate(4 + bytes.remaining());
        return out.putShort((short) DATA).putShort((short) transfer.sent).put(bytes).flip();
    }

    private static ByteBuffer error(RefusedException refused) {
        byte[] text = String.valueOf(refused.getMessage()).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(5 + text.length);
        return out.putShort((short) ERROR)
                .putShort((short) refused.code())
                .put(text)
                .put((byte) 0)
                .flip();
    }

    private static String text(ByteBuffer in) throws RefusedException {
        int begin = in.position();
        while (in.hasRemaining()) {
            if (in.get() == 0) {
                ByteBuffer bytes = in.slice(begin, in.position() - 1 - begin);
                return StandardCharsets.UTF_8.decode(bytes).toString();
            }
        }
        throw violation();
    }

    /** A number in decimal; -1 for anything else. */
    private static long number(String text) {
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    private static RefusedException violation() {
        return new RefusedException(TftpFiles.ACCESS_VIOLATION, "Access violation");
    }
}
