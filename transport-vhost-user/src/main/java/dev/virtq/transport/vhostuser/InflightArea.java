package dev.virtq.transport.vhostuser;

import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Memory in which a back end keeps account of the transfers that it has begun, queue by queue:
 * {@code u64 size; u64 offset; u16 queues; u16 queue size} and a file. A front end does not look
 * into it; it keeps it for the next back end.
 *
 * @param file where the area is
 * @param bytes how many there are
 * @param offset where it starts in the file
 * @param queues how many queues it is for, the first ones
 * @param queueSize how many entries each of them has at most
 */
record InflightArea(MemoryFile file, long bytes, long offset, int queues, int queueSize)
        implements AutoCloseable {
    /** With what a compiler of C puts behind the last field. */
    private static final int MESSAGE_BYTES = 24;

    private static final int SPLIT_HEADER_BYTES = 16;
    private static final int SPLIT_ENTRY_BYTES = 16;
    private static final int PACKED_HEADER_BYTES = 32;
    private static final int PACKED_ENTRY_BYTES = 32;

    /**
     * Has a back end make one.
     *
     * @param packed whether it is for packed rings
     */
    static InflightArea ask(Connection connection, int queues, int queueSize, boolean packed) {
        try (Arena arena = Arena.ofConfined()) {
            Message question = describe(arena, Request.GET_INFLIGHT_FD, 0, 0, queues, queueSize);
            Message[] answer = new Message[1];
            MemoryFile file =
                    connection.askForMemory(
                            arena, question, Request.GET_INFLIGHT_FD, MESSAGE_BYTES, answer);
            try {
                InflightArea made = made(file, answer[0]);
                made.check(connection, queues, queueSize, packed);
                return made;
            } catch (RuntimeException e) {
                file.close();
                throw e;
            }
        }
    }

    private static InflightArea made(MemoryFile file, Message answer) {
        int sizes = answer.u32(16);
        return new InflightArea(file, answer.u64(0), answer.u64(8), sizes & 0xffff, sizes >>> 16);
    }

    /** What is wrong with it is better said now than found out by the next back end. */
    private void check(Connection connection, int wantedQueues, int wantedSize, boolean packed) {
        if (queues != wantedQueues || queueSize != wantedSize) {
            throw connection.fault(
                    "its account of transfers is for %d queues of %d (expected: %d of %d)"
                            .formatted(queues, queueSize, wantedQueues, wantedSize));
        }
        long needed = bytesFor(queues, queueSize, packed);
        if (bytes < needed) {
            throw connection.fault(
                    "its account of transfers has %d bytes (expected: at least %d)"
                            .formatted(bytes, needed));
        }
        long length;
        try {
            length = file.size();
        } catch (PosixException e) {
            throw connection.fault("its account of transfers is in no file: " + e.getMessage());
        }
        if (offset < 0 || offset > length || bytes > length - offset) {
            throw connection.fault(
                    "its account of transfers has %d bytes at offset %d of a file of %d"
                            .formatted(bytes, offset, length));
        }
    }

    private static long bytesFor(int queues, int queueSize, boolean packed) {
        int header = packed ? PACKED_HEADER_BYTES : SPLIT_HEADER_BYTES;
        int entry = packed ? PACKED_ENTRY_BYTES : SPLIT_ENTRY_BYTES;
        return queues * (header + (long) entry * queueSize);
    }

    /** Gives it to a back end. */
    void give(Connection connection) {
        try (Arena arena = Arena.ofConfined()) {
            Message message =
                    describe(arena, Request.SET_INFLIGHT_FD, bytes, offset, queues, queueSize);
            connection.tell(Request.SET_INFLIGHT_FD, message, List.of(file));
        }
    }

    private static Message describe(
            Arena arena, Request request, long bytes, long offset, int queues, int queueSize) {
        return Message.of(arena, request.number(), MESSAGE_BYTES)
                .u64(0, bytes)
                .u64(8, offset)
                .u32(16, queues | queueSize << 16);
    }

    @Override
    public void close() {
        file.close();
    }
}
