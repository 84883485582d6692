package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one request. Closed, they go back to where they came from, unless the device still
 * has them: then whoever ends their transfer frees them.
 */
final class ExchangeBuffers implements AutoCloseable {
    private final BufferPool heads;
    private final BufferPool replies;
    private final BufferPools payloads;
    private @Nullable DmaBuffer head;
    private @Nullable DmaBuffer reply;
    private @Nullable Payload sent;
    private @Nullable Payload received;
    private boolean withDevice;

    ExchangeBuffers(BufferPool heads, BufferPool replies, BufferPools payloads) {
        this.heads = heads;
        this.replies = replies;
        this.payloads = payloads;
    }

    /** Takes what a request needs. */
    void take(FuseCall call, DmaMemory memory) throws IOException {
        MemorySegment toSend = call.sent();
        MemorySegment toReceive = call.received();
        head = heads.take();
        reply = replies.take();
        if (toSend != null) {
            sent = Payload.toSend(toSend, memory, payloads);
        }
        if (toReceive != null) {
            received = Payload.toReceive(toReceive, memory, payloads);
        }
    }

    DmaBuffer head() {
        return taken(head);
    }

    DmaBuffer reply() {
        return taken(reply);
    }

    @Nullable Payload received() {
        return received;
    }

    /** {@return how many bytes of payload were copied} */
    long copied() {
        return (sent == null ? 0 : sent.copied()) + (received == null ? 0 : received.copied());
    }

    long sentLength() {
        return sent == null ? 0 : sent.length();
    }

    /** {@return header and fields, payload; header and fields of the answer, payload} */
    BufferList list() {
        BufferList list =
                sent == null ? BufferList.send(head()) : BufferList.send(head(), sent.buffer());
        return received == null ? list.receive(reply()) : list.receive(reply(), received.buffer());
    }

    /** Buffers are as large as their pool makes them; the request needs less. */
    void limit(TransferToken token, long headLength, long replyLength) {
        token.limitSending(0, headLength);
        if (sent != null) {
            token.limitSending(1, sent.length());
        }
        token.limitReceiving(0, replyLength);
        if (received != null) {
            token.limitReceiving(1, received.length());
        }
    }

    /** The device may go on to read and write them: they belong to the transfer. */
    void handOver() {
        withDevice = true;
    }

    @Override
    public void close() {
        if (withDevice) {
            return;
        }
        if (head != null) {
            heads.giveBack(head);
        }
        if (reply != null) {
            replies.giveBack(reply);
        }
        if (sent != null) {
            sent.close();
        }
        if (received != null) {
            received.close();
        }
    }

    private static DmaBuffer taken(@Nullable DmaBuffer buffer) {
        if (buffer == null) {
            throw new IllegalStateException("no buffers were taken yet");
        }
        return buffer;
    }
}
