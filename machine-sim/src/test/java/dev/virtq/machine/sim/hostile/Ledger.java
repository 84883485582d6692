package dev.virtq.machine.sim.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.TransferReturnedException;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Transfers to an echo, each between guards, and what became of each sending: completed or
 * returned, once.
 */
final class Ledger {
    static final int SENT_BYTES = 64;

    private static final int RECEIVED_BYTES = 64;
    private static final byte GUARD = (byte) 0xa5;

    private final Virtqueue queue;
    private final List<TransferToken> tokens = new ArrayList<>();
    private final List<DmaBuffer> guards = new ArrayList<>();

    /** What is out: the token, and its handle where it was sent with one. */
    private final Map<TransferToken, @Nullable Transfer> outstanding = new HashMap<>();

    private byte stamp;
    private int completed;
    private int returned;
    private int sent;

    Ledger(Virtqueue queue, DmaMemory memory, int transfers) {
        this.queue = queue;
        guard(memory);
        for (int i = 0; i < transfers; i++) {
            DmaBuffer request = memory.allocate(SENT_BYTES);
            guard(memory);
            DmaBuffer first = memory.allocate(RECEIVED_BYTES);
            guard(memory);
            DmaBuffer second = memory.allocate(RECEIVED_BYTES);
            guard(memory);
            tokens.add(queue.prepare(BufferList.send(request).receive(first, second)));
        }
    }

    /** All memory that is left becomes a guard. */
    void guardTheRest(DmaMemory memory) {
        for (long size = Long.highestOneBit(memory.available()); size >= 64; size /= 2) {
            boolean room = true;
            while (room && memory.available() >= size) {
                try {
                    guards.add(filled(memory.allocateContiguous(size, 64)));
                } catch (IllegalStateException e) {
                    room = false; // not in one piece: smaller ones will do
                }
            }
        }
    }

    void freeGuards() {
        guards.forEach(DmaBuffer::close);
        guards.clear();
    }

    void checkGuards() {
        for (DmaBuffer guard : guards) {
            MemorySegment bytes = guard.trusted();
            assertThat(bytes.get(ValueLayout.JAVA_BYTE, 0)).as("a guard").isEqualTo(GUARD);
            MemorySegment all = bytes.asSlice(1);
            assertThat(all.mismatch(bytes.asSlice(0, bytes.byteSize() - 1)))
                    .as("first byte of a guard that was written")
                    .isEqualTo(-1);
        }
    }

    /** Sends what is not out: every other one with a handle. */
    void sendAll() {
        for (int i = 0; i < tokens.size(); i++) {
            TransferToken token = tokens.get(i);
            if (!outstanding.containsKey(token)) {
                stamp++;
                token.sending(0).view().fill(stamp);
                if (i % 2 == 0) {
                    token.submit();
                    outstanding.put(token, null);
                } else {
                    outstanding.put(token, token.send());
                }
                sent++;
            }
        }
        queue.flush();
    }

    /** Takes what has come back. */
    void collect() {
        TransferToken done;
        while ((done = queue.poll()) != null) {
            assertThat(outstanding).as("it was sent with submit").containsEntry(done, null);
            complete(done);
        }
        for (Transfer handle : handles()) {
            if (handle.poll()) {
                complete(handle.token());
            }
        }
    }

    /** Waits for one that is out, or, when there is none, for one all the same. */
    void await(Duration atMost) throws InterruptedException {
        List<Transfer> handles = handles();
        if (handles.isEmpty()) {
            TransferToken done = queue.poll(atMost);
            if (done != null) {
                complete(done);
            }
            return;
        }
        try {
            complete(handles.getFirst().await(atMost));
        } catch (TransferTimeoutException e) {
            // It stays out; the next look may find it.
        }
    }

    /** After a confirmed reset: everything that is out either was used before, or is returned. */
    void collectAfterReset() {
        for (TransferToken token : queue.takeReturned()) {
            assertThat(outstanding).as("it was sent with submit").containsEntry(token, null);
            giveBack(token);
        }
        for (Transfer handle : handles()) {
            try {
                assertThat(handle.poll()).as("used before the reset").isTrue();
                complete(handle.token());
            } catch (TransferReturnedException e) {
                giveBack(handle.token());
            }
        }
        TransferToken done;
        while (!outstanding.isEmpty() && (done = queue.poll()) != null) {
            complete(done);
        }
        assertThat(outstanding).as("transfers that a confirmed reset lost").isEmpty();
        assertThat(completed + returned).as("each sending ends once").isEqualTo(sent);
    }

    int completed() {
        return completed;
    }

    boolean isAnythingOut() {
        return !outstanding.isEmpty();
    }

    List<TransferToken> tokens() {
        return tokens;
    }

    Virtqueue queue() {
        return queue;
    }

    private List<Transfer> handles() {
        List<Transfer> handles = new ArrayList<>();
        for (Transfer handle : outstanding.values()) {
            if (handle != null) {
                handles.add(handle);
            }
        }
        return handles;
    }

    private void complete(TransferToken token) {
        assertThat(outstanding.containsKey(token)).as("it is out").isTrue();
        outstanding.remove(token);
        completed++;
        assertThat(token.state()).isEqualTo(TransferState.COMPLETED);
        long length = token.receivedLength();
        if (!token.receivedLengthIsAssumed()) {
            assertThat(length).isLessThanOrEqualTo(SENT_BYTES);
        }
        MemorySegment received = token.received(0);
        byte expected = token.sending(0).byteAt(0);
        for (int i = 0; i < received.byteSize(); i++) {
            assertThat(received.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(expected);
        }
        assertThat(token.receivedLength()).as("read once").isEqualTo(length);
    }

    private void giveBack(TransferToken token) {
        outstanding.remove(token);
        returned++;
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
    }

    private void guard(DmaMemory memory) {
        guards.add(filled(memory.allocate(64)));
    }

    private static DmaBuffer filled(DmaBuffer buffer) {
        buffer.trusted().fill(GUARD);
        return buffer;
    }
}
