package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.TransferToken;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A request on its way, and its answer, which nobody sees before it is checked (virtio 1.4, section
 * 5.11.6).
 */
final class FuseExchange {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int LARGEST_ERROR = 4095;

    private final FuseConnection connection;
    private final FuseCall call;
    private final long unique;
    private final RequestQueue queue;
    private final ExchangeBuffers buffers;
    private final long start = System.nanoTime();

    FuseExchange(
            FuseConnection connection,
            FuseCall call,
            long unique,
            RequestQueue queue,
            ExchangeBuffers buffers) {
        this.connection = connection;
        this.call = call;
        this.unique = unique;
        this.queue = queue;
        this.buffers = buffers;
    }

    /**
     * Sends it, waits, and reads the answer.
     *
     * @param replyFields how many bytes of fields the answer has at most
     */
    FuseCall.Answer run(int replyFields) throws IOException {
        buffers.take(call, connection.device().memory());
        long headLength =
                writeHead(buffers.head(), call, unique, buffers.sentLength(), connection.options());
        long replyLength = FuseCall.REPLY_HEADER + (long) replyFields;
        SentRequest request =
                new SentRequest(queue, token -> buffers.limit(token, headLength, replyLength));
        try {
            TransferToken token =
                    connection.await(request.send(buffers.list()), call.isPatient(), unique);
            request.isDone();
            return read(token.receivedLength(), headLength + buffers.sentLength());
        } finally {
            if (request.isWithDevice()) {
                buffers.handOver();
            }
            request.close();
        }
    }

    /** Writes {@code struct fuse_in_header} and the fields. {@return how many bytes they are} */
    static long writeHead(
            DmaBuffer head, FuseCall call, long unique, long payload, FuseOptions options) {
        MessageWriter fields = call.fields();
        long length = FuseCall.HEADER + (long) fields.length();
        if (length > head.size()) {
            throw new IllegalArgumentException(
                    "%d bytes of fields for %s (expected: %d at most)"
                            .formatted(
                                    fields.length(), call.opcode, head.size() - FuseCall.HEADER));
        }
        MemorySegment bytes = head.trusted();
        bytes.set(INT, 0, (int) (length + payload));
        bytes.set(INT, 4, call.opcode.number());
        bytes.set(LONG, 8, unique);
        bytes.set(LONG, 16, call.node);
        bytes.set(INT, 24, options.user());
        bytes.set(INT, 28, options.group());
        bytes.set(INT, 32, 0); // pid: nobody there would know ours
        bytes.set(INT, 36, call.extensions()); // total_extlen; padding is its upper half
        MemorySegment.copy(
                fields.array(), 0, bytes, ValueLayout.JAVA_BYTE, FuseCall.HEADER, fields.length());
        return length;
    }

    private FuseCall.Answer read(long used, long sent) throws IOException {
        if (used < FuseCall.REPLY_HEADER) {
            throw nonsense("%d bytes (expected: 16 or more)".formatted(used));
        }
        DmaBuffer reply = buffers.reply();
        long length = reply.intAt(0) & 0xffff_ffffL;
        int error = reply.intAt(4);
        long answered = reply.longAt(8);
        if (answered != unique) {
            throw nonsense("it is for request %d (expected: %d)".formatted(answered, unique));
        }
        if (length < FuseCall.REPLY_HEADER || length > used) {
            throw nonsense(
                    "it says to have %d bytes, and the device wrote %d".formatted(length, used));
        }
        if (error > 0 || error < -LARGEST_ERROR) {
            throw nonsense("error %d (expected: 0 to -4095)".formatted(error));
        }
        int behind = (int) (length - FuseCall.REPLY_HEADER);
        Payload payload = buffers.received();
        if (payload != null && error == 0) {
            payload.received(behind);
        }
        trace(sent, length, -error);
        if (error != 0) {
            throw new FuseException(call.opcode, -error);
        }
        if (payload != null) {
            return new FuseCall.Answer(new MessageReader(call.opcode, new byte[0]), behind);
        }
        byte[] fields = new byte[behind];
        MemorySegment.copy(
                reply.trusted(), ValueLayout.JAVA_BYTE, FuseCall.REPLY_HEADER, fields, 0, behind);
        return new FuseCall.Answer(new MessageReader(call.opcode, fields), 0);
    }

    private void trace(long sent, long received, int error) {
        FuseTracer tracer = connection.tracer();
        if (tracer != FuseTracer.NONE) {
            int count = 2 + (call.sent() == null ? 0 : 1) + (call.received() == null ? 0 : 1);
            tracer.done(
                    new FuseTracer.Event(
                            call.opcode,
                            call.node,
                            unique,
                            queue.index(),
                            sent,
                            received,
                            count,
                            buffers.copied(),
                            error,
                            System.nanoTime() - start));
        }
    }

    private FuseProtocolException nonsense(String problem) {
        return new FuseProtocolException(call.opcode, problem);
    }
}
