package dev.virtq.cli.network;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One transfer: a request, and then block for block an acknowledgment, sent again when the next
 * block does not come (RFC 1350 section 2).
 *
 * <p>A duplicate block is not acknowledged at once but left to our own timer. Otherwise one packet
 * that was late, and not lost, would have every later one sent twice by servers that answer each
 * acknowledgment: the "sorcerer's apprentice" of RFC 1123 section 4.2.3.1.
 */
final class TftpTransfer {
    private static final int DEFAULT_BLOCK_SIZE = 512;

    private static final int DISK_FULL = 3;
    private static final int ILLEGAL_OPERATION = 4;
    private static final int UNKNOWN_TRANSFER = 5;
    private static final int OPTIONS_REFUSED = 8;

    private final NetworkHost host;
    private final TftpRequest request;
    private final WritableByteChannel sink;
    private final TftpProgress progress;
    private final Map<String, String> wishes = new LinkedHashMap<>();
    private final int localPort;
    private final long begin;

    private int serverPort = TftpClient.SERVER_PORT;
    private boolean serverPortKnown;
    private int blockSize = DEFAULT_BLOCK_SIZE;
    private long announced = -1;
    private long expected = 1;
    private long bytes;
    private int retransmissions;

    TftpTransfer(
            NetworkHost host,
            TftpRequest request,
            boolean withOptions,
            WritableByteChannel sink,
            TftpProgress progress) {
        this.host = host;
        this.request = request;
        this.sink = sink;
        this.progress = progress;
        this.localPort = 49152 + host.random().nextInt(16384);
        this.begin = host.clock().nanoTime();
        if (withOptions) {
            wishes.put("blksize", Integer.toString(wantedBlockSize()));
            wishes.put("tsize", "0");
        }
    }

    /**
     * Runs the transfer.
     *
     * @return what it came to; null when the server refused the options, and nothing was received
     */
    @Nullable TftpReceipt run() throws IOException, InterruptedException {
        TftpPacket packet = exchange(TftpPacket.readRequest(request.path(), wishes), 0);
        if (packet instanceof TftpPacket.Failure failure
                && failure.code() == OPTIONS_REFUSED
                && !wishes.isEmpty()) {
            return null;
        }
        if (packet instanceof TftpPacket.Agreement agreement) {
            agree(agreement);
            packet = exchange(TftpPacket.acknowledgment(0), 1);
        }
        while (true) {
            MemorySegment block = blockOf(packet);
            store(block);
            MemorySegment acknowledgment = TftpPacket.acknowledgment((int) (expected & 0xffff));
            if (block.byteSize() < blockSize) {
                send(acknowledgment);
                return receipt();
            }
            expected++;
            packet = exchange(acknowledgment, expected);
        }
    }

    /** The block that is expected now; everything else that moves a transfer on ends it. */
    private MemorySegment blockOf(TftpPacket packet) throws InterruptedException {
        return switch (packet) {
            case TftpPacket.Data data -> data.payload();
            case TftpPacket.Failure failure ->
                    throw new NetworkException(
                            "%s refused \"%s\": %s (TFTP error %d)"
                                    .formatted(
                                            request.server(),
                                            request.path(),
                                            failure.message(),
                                            failure.code()));
            case TftpPacket.Agreement _ ->
                    throw abort(ILLEGAL_OPERATION, "agreed to options a second time");
        };
    }

    private void store(MemorySegment block) throws IOException, InterruptedException {
        long size = block.byteSize();
        if (size > blockSize) {
            throw abort(
                    ILLEGAL_OPERATION,
                    "sent a block of %d bytes (agreed: at most %d)".formatted(size, blockSize));
        }
        checkSize(bytes + size);
        ByteBuffer rest = block.asByteBuffer();
        try {
            while (rest.hasRemaining()) {
                sink.write(rest);
            }
        } catch (IOException e) {
            fail(DISK_FULL, "cannot store the file");
            throw e;
        }
        bytes += size;
        boolean last = size < blockSize;
        if (announced >= 0 && (bytes > announced || (last && bytes != announced))) {
            throw abort(
                    ILLEGAL_OPERATION,
                    "sent %d bytes%s of a file announced with %d"
                            .formatted(bytes, last ? "" : " and more", announced));
        }
        progress.received(bytes, announced);
    }

    /** Takes over what the server agreed to, which must be something that was asked for. */
    private void agree(TftpPacket.Agreement agreement) throws InterruptedException {
        for (Map.Entry<String, String> option : agreement.values().entrySet()) {
            String name = option.getKey();
            long value = number(option.getValue()).orElse(-1);
            if (name.equals("blksize")
                    && value >= TftpRequest.SMALLEST_BLOCK
                    && value <= wantedBlockSize()) {
                blockSize = (int) value;
            } else if (name.equals("tsize") && value >= 0) {
                announced = value;
            } else {
                throw abort(
                        OPTIONS_REFUSED,
                        "agreed to %s=%s (asked for: %s)"
                                .formatted(name, option.getValue(), wishes));
            }
        }
        checkSize(announced);
    }

    private void checkSize(long size) throws InterruptedException {
        if (size > request.maximumBytes()) {
            fail(DISK_FULL, "file too large");
            throw new NetworkException(
                    "\"%s\" on %s has %d bytes or more (limit: %d)"
                            .formatted(
                                    request.path(),
                                    request.server(),
                                    size,
                                    request.maximumBytes()));
        }
    }

    /**
     * Sends a packet until something comes that moves the transfer on.
     *
     * @param block the number of the block that is expected now; 0 when the request is being made
     */
    private TftpPacket exchange(MemorySegment packet, long block) throws InterruptedException {
        for (int attempt = 0; attempt < request.attempts(); attempt++) {
            if (attempt > 0) {
                retransmissions++;
            }
            send(packet);
            long deadline = host.clock().nanoTime() + request.timeout().toNanos();
            TftpPacket answer = await(deadline, block);
            if (answer != null) {
                return answer;
            }
        }
        throw new NoAnswerException(
                "%s sent no %s of \"%s\" (asked %d times, waited %s each)%s"
                        .formatted(
                                request.server(),
                                block == 0 ? "first block" : "block " + block,
                                request.path(),
                                request.attempts(),
                                Waiting.text(request.timeout()),
                                host.dropped().clause()));
    }

    private @Nullable TftpPacket await(long deadline, long block) throws InterruptedException {
        for (Inbound inbound = host.receive(deadline);
                inbound != null;
                inbound = host.receive(deadline)) {
            try {
                UdpDatagram datagram = datagram(inbound);
                if (datagram == null) {
                    continue;
                }
                TftpPacket packet = TftpPacket.parse(datagram.payload());
                if (!isDuplicate(packet, block)) {
                    serverPort = datagram.sourcePort();
                    serverPortKnown = true;
                    return packet;
                }
            } catch (MalformedPacketException e) {
                host.dropped().add(e);
            }
        }
        return null;
    }

    /** A datagram of this transfer, or null. A stranger is told that we do not know him. */
    private @Nullable UdpDatagram datagram(Inbound inbound) throws InterruptedException {
        if (!(inbound instanceof Ipv4Packet ip)
                || ip.protocol() != Ipv4Packet.PROTOCOL_UDP
                || !ip.source().equals(request.server())) {
            return null;
        }
        UdpDatagram datagram = UdpDatagram.parse(ip);
        if (datagram.destinationPort() != localPort) {
            return null;
        }
        if (serverPortKnown && datagram.sourcePort() != serverPort) {
            host.sendUdp(
                    localPort,
                    request.server(),
                    datagram.sourcePort(),
                    TftpPacket.failure(UNKNOWN_TRANSFER, "Unknown transfer ID"));
            return null;
        }
        return datagram;
    }

    /** Whether a packet repeats what we have; one from the future ends the transfer. */
    private boolean isDuplicate(TftpPacket packet, long block) throws InterruptedException {
        return switch (packet) {
            case TftpPacket.Failure _ -> false;
            case TftpPacket.Agreement _ -> block > 0;
            case TftpPacket.Data data -> {
                int ahead = (data.block() - (int) expected) & 0xffff;
                if (ahead > 0 && ahead < 0x8000) {
                    throw abort(
                            ILLEGAL_OPERATION,
                            "went on to block %d, but block %d was lost on the way"
                                    .formatted(expected + ahead, expected));
                }
                yield ahead != 0;
            }
        };
    }

    /** Tells the server that the transfer is over, and gives the exception that tells the user. */
    private NetworkException abort(int code, String fault) throws InterruptedException {
        fail(code, "Transfer aborted");
        return new NetworkException(
                "TFTP server %s %s, reading \"%s\""
                        .formatted(request.server(), fault, request.path()));
    }

    private void fail(int code, String message) throws InterruptedException {
        send(TftpPacket.failure(code, message));
    }

    private void send(MemorySegment packet) throws InterruptedException {
        host.sendUdp(localPort, request.server(), serverPort, packet);
    }

    private TftpReceipt receipt() {
        return new TftpReceipt(
                bytes, expected, blockSize, retransmissions, host.clock().nanoTime() - begin);
    }

    /** As large as was asked for, and no larger than a frame carries. */
    private int wantedBlockSize() {
        int room =
                host.mtu()
                        - Ipv4Packet.HEADER_LENGTH
                        - UdpDatagram.HEADER_LENGTH
                        - TftpPacket.DATA_HEADER_LENGTH;
        return Math.min(request.blockSize(), room);
    }

    private static OptionalLong number(String text) {
        boolean digits = text.length() <= 18 && text.matches("[0-9]+");
        return digits ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
