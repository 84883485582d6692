package dev.virtq.machine.sim.vhostuser;

import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The account that a back end keeps of transfers in flight: memory of its own making, which it gets
 * back from the front end (INFLIGHT_SHMFD). One area for each queue, all of the same length.
 */
final class InflightAreas {
    /** With what a compiler of C puts behind the last field. */
    static final int MESSAGE_BYTES = 24;

    private static final int MOST_ENTRIES = 1024;
    private static final int ALIGNMENT = 64;

    private final MemorySegment bytes;
    private final int queues;
    private final int queueSize;

    private InflightAreas(MemorySegment bytes, int queues, int queueSize) {
        this.bytes = bytes;
        this.queues = queues;
        this.queueSize = queueSize;
    }

    /** {@return how long one area is} */
    static long bytesFor(int queueSize, boolean packed) {
        long needed =
                packed ? PackedInflight.bytesFor(queueSize) : SplitInflight.bytesFor(queueSize);
        return Math.ceilDiv(needed, ALIGNMENT) * ALIGNMENT;
    }

    /**
     * Answers a question for new ones.
     *
     * @param most how many queues there are
     * @param made gets the file, to be sent and closed
     */
    static Message make(Arena arena, Message question, int most, boolean packed, MemoryFile[] made)
            throws Refusal, PosixException {
        int queues = queues(question, most);
        int queueSize = queueSize(question);
        long bytes = queues * bytesFor(queueSize, packed);
        made[0] = MemoryFile.create(bytes, false);
        return Message.of(arena, Request.GET_INFLIGHT_FD.number(), MESSAGE_BYTES)
                .u64(0, bytes)
                .u64(8, 0)
                .u32(16, queues | queueSize << 16)
                .asReply();
    }

    /** Takes those that this back end, or one before it, has made. */
    static InflightAreas take(
            Message message, int most, boolean packed, ReceivedDescriptors descriptors)
            throws Refusal, PosixException {
        int queues = queues(message, most);
        int queueSize = queueSize(message);
        long bytes = message.u64(0);
        long offset = message.u64(8);
        if (descriptors.count() != 1 || bytes != queues * bytesFor(queueSize, packed)) {
            throw new Refusal(
                    "an account of %d queues of %d in %d bytes and %d files"
                            .formatted(queues, queueSize, bytes, descriptors.count()));
        }
        try (MemoryFile file = descriptors.takeMemory()) {
            long length = file.size();
            if (offset < 0 || offset > length || bytes > length - offset) {
                throw new Refusal(
                        "an account of %d bytes at offset %d of a file of %d"
                                .formatted(bytes, offset, length));
            }
            return new InflightAreas(file.map(offset, bytes), queues, queueSize);
        }
    }

    /** {@return the account of one queue, which begins or goes on} */
    QueueInflight of(int queue, int size, boolean packed, boolean inOrder) throws Refusal {
        if (queue >= queues || size > queueSize || (packed && size != queueSize)) {
            throw new Refusal(
                    "queue %d of %d entries in an account of %d queues of %d"
                            .formatted(queue, size, queues, queueSize));
        }
        long length = bytes.byteSize() / queues;
        MemorySegment area = bytes.asSlice(queue * length, length);
        return packed
                ? new PackedInflight(area, size, inOrder)
                : new SplitInflight(area, queueSize, inOrder);
    }

    private static int queues(Message message, int most) throws Refusal {
        if (message.size() != MESSAGE_BYTES) {
            throw new Refusal("an account in a message of %d bytes".formatted(message.size()));
        }
        int queues = message.u32(16) & 0xffff;
        if (queues < 1 || queues > most) {
            throw new Refusal("an account of %d queues (expected: 1..%d)".formatted(queues, most));
        }
        return queues;
    }

    private static int queueSize(Message message) throws Refusal {
        int size = message.u32(16) >>> 16;
        if (size < 1 || size > MOST_ENTRIES) {
            throw new Refusal(
                    "an account of queues of %d (expected: 1..%d)".formatted(size, MOST_ENTRIES));
        }
        return size;
    }
}
