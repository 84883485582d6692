package dev.virtq.machine.sim.random;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A prepared transfer to an echo, what it carries now, and what has to come back. */
final class Traveller {
    /** Longer than any transfer, so that each carries other bytes. */
    private static final MemorySegment BYTES = randomBytes();

    final TransferToken token;

    /** The handle of the sending that runs, where it has one. */
    @Nullable Transfer handle;

    /** The handle of a sending that is over. */
    private @Nullable Transfer old;

    private final List<DmaBuffer> sent;
    private final List<DmaBuffer> received;
    private final long[] sendLimits;
    private final long[] receiveLimits;
    private long from;

    Traveller(TransferToken token, BufferList buffers) {
        this.token = token;
        sent = buffers.sent();
        received = buffers.received();
        sendLimits = sent.stream().mapToLong(DmaBuffer::size).toArray();
        receiveLimits = received.stream().mapToLong(DmaBuffer::size).toArray();
    }

    static void free(BufferList buffers) {
        buffers.sent().forEach(DmaBuffer::close);
        buffers.received().forEach(DmaBuffer::close);
    }

    /** {@return the id of this sending} */
    long sendWithHandle() {
        Transfer sending = token.send();
        handle = sending;
        return sending.id();
    }

    void handleIsOver() {
        old = handle;
        handle = null;
    }

    /** Once the token was sent again, the handle of the sending before speaks for nothing. */
    void checkThatTheOldHandleIsStale() {
        Transfer stale = old;
        if (stale != null) {
            assertThatIllegalStateException()
                    .isThrownBy(stale::poll)
                    .withMessageContaining("stale handle");
        }
    }

    /** Sometimes another length; at least one byte is left. */
    void limit(Random random) {
        if (!sent.isEmpty()) {
            int i = random.nextInt(sent.size());
            sendLimits[i] = 1 + random.nextLong(sent.get(i).size());
            token.limitSending(i, sendLimits[i]);
        }
        if (!received.isEmpty()) {
            int i = random.nextInt(received.size());
            receiveLimits[i] = 1 + random.nextLong(received.get(i).size());
            token.limitReceiving(i, receiveLimits[i]);
        }
    }

    /** Puts other bytes into what is sent, and none into what is received. */
    void load(Random random) {
        from = random.nextLong(BYTES.byteSize() - total(sendLimits));
        long at = from;
        for (int i = 0; i < sendLimits.length; i++) {
            MemorySegment.copy(BYTES, at, sent.get(i).trusted(), 0, sendLimits[i]);
            at += sendLimits[i];
        }
        for (DmaBuffer buffer : received) {
            buffer.trusted().fill((byte) 0);
        }
    }

    /** What came back is what was sent, as far as there was room. */
    void check(boolean inOrder) {
        long room = total(receiveLimits);
        long echoed = Math.min(total(sendLimits), room);
        boolean assumed = token.receivedLengthIsAssumed();
        Expect.that(token.state() == TransferState.COMPLETED, "not completed:", token);
        Expect.that(inOrder || !assumed, "a length is assumed, and not in order");
        // An honest device skips in a batch only what it has written completely.
        Expect.that(!assumed || echoed == room, "echoed, and assumed:", echoed, room);
        Expect.that(
                token.receivedLength() == echoed,
                "used length, and expected:",
                token.receivedLength(),
                echoed);
        long at = from;
        for (int i = 0; i < receiveLimits.length && at < from + echoed; i++) {
            MemorySegment bytes = received.get(i).trusted();
            long here = Math.min(receiveLimits[i], from + echoed - at);
            long wrong = MemorySegment.mismatch(bytes, 0, here, BYTES, at, at + here);
            Expect.that(wrong == -1, "not what was sent: byte, buffer", wrong, i);
            at += here;
            Expect.that(
                    here == bytes.byteSize() || bytes.get(ValueLayout.JAVA_BYTE, here) == 0,
                    "written beyond the end: byte, buffer",
                    here,
                    i);
        }
    }

    private static long total(long[] limits) {
        long sum = 0;
        for (long limit : limits) {
            sum += limit;
        }
        return sum;
    }

    private static MemorySegment randomBytes() {
        byte[] bytes = new byte[1 << 17];
        new Random(1).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }
}
