package dev.virtq.queue;

import static dev.virtq.queue.QueueRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Preparing, sending, completing: the life that a transfer should have. */
class SendingTest {
    private final QueueRig rig = new QueueRig();
    private final Virtqueue queue = rig.queue;

    @Test
    @Clause("2.7.8.3#1")
    void aSubmittedTransferComesOutOfPollWithWhatWasReceived() {
        TransferToken token = rig.token();
        token.submit();
        queue.flush();
        assertThat(queue.poll()).isNull();
        rig.ring.completeWith((byte) 7, (byte) 8);
        assertThat(queue.poll()).isSameAs(token);
        assertThat(token.received(0).toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8);
        assertThat(queue.poll()).isNull();
    }

    @Test
    void aTransferWithAHandleNeverComesOutOfPoll() throws InterruptedException {
        TransferToken token = rig.token();
        Transfer transfer = token.send();
        queue.flush();
        rig.complete(3);
        assertThat(queue.poll()).isNull();
        assertThat(transfer.poll()).isTrue();
        assertThat(transfer.await(SOON)).isSameAs(token);
        assertThat(token.receivedLength()).isEqualTo(3);
        assertThat(queue.poll()).isNull();
    }

    @Test
    void whatIsFoundWhileWaitingForAnotherIsKeptForPoll() throws InterruptedException {
        TransferToken first = rig.receiver();
        TransferToken second = rig.receiver();
        TransferToken awaited = rig.receiver();
        first.submit();
        second.submit();
        Transfer transfer = awaited.send();
        queue.flush();
        rig.complete(1);
        rig.complete(2);
        rig.complete(3);
        transfer.await(SOON);
        assertThat(first.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(queue.poll()).isSameAs(first);
        assertThat(first.receivedLength()).isEqualTo(1);
        assertThat(queue.poll()).isSameAs(second);
        assertThat(queue.poll()).isNull();
    }

    @Test
    void whatIsKeptForPollCanBeClosedAndItsPlaceUsedAgain() throws InterruptedException {
        // More rounds than the queue has entries: what is closed must not stay in the list.
        for (int round = 0; round < 10; round++) {
            List<TransferToken> kept = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                kept.add(rig.receiver());
                kept.getLast().submit();
            }
            TransferToken awaited = rig.receiver();
            Transfer transfer = awaited.send();
            queue.flush();
            for (int i = 0; i < 4; i++) {
                rig.complete(1);
            }
            transfer.await(SOON);
            kept.remove(1).close();
            assertThat(queue.poll()).isSameAs(kept.get(0));
            kept.forEach(TransferToken::close);
            awaited.close();
            assertThat(queue.poll()).isNull();
        }
        assertThat(queue.room()).isEqualTo(8);
    }

    @Test
    void idsNeverRepeat() {
        TransferToken token = rig.receiver();
        long first = token.submit();
        token.takeBack();
        long second = token.submit();
        queue.flush();
        rig.complete(0);
        assertThat(queue.poll()).isSameAs(token);
        assertThat(second).isGreaterThan(first);
        assertThat(token.send().id()).isGreaterThan(second).isEqualTo(token.id());
    }

    @Test
    void flushPublishesAllAndNotifiesOnce() {
        rig.receiver().submit();
        rig.receiver().submit();
        assertThat(rig.ring.availableCount()).isZero();
        queue.flush();
        assertThat(rig.ring.availableCount()).isEqualTo(2);
        assertThat(rig.rings).hasValue(1);
        queue.flush();
        assertThat(rig.rings).hasValue(1);
    }

    @Test
    void flushDoesNotNotifyADeviceThatDoesNotWantIt() {
        rig.ring.deviceWants = false;
        rig.receiver().submit();
        queue.flush();
        assertThat(rig.ring.availableCount()).isEqualTo(1);
        assertThat(rig.rings).hasValue(0);
        queue.notifyDevice();
        assertThat(rig.rings).hasValue(1);
    }

    @Test
    void whoGoesStepByStepPublishesWithoutNotifying() {
        rig.receiver().submit();
        assertThat(queue.publish()).isEqualTo(1);
        assertThat(queue.publish()).isZero();
        assertThat(rig.rings).hasValue(0);
        queue.flush(); // what was published is still to be notified of
        assertThat(rig.rings).hasValue(1);
    }

    @Test
    void whatIsTakenBackIsNotPublished() {
        TransferToken kept = rig.receiver();
        TransferToken taken = rig.receiver();
        taken.submit();
        kept.submit();
        taken.takeBack();
        queue.flush();
        assertThat(rig.ring.availableCount()).isEqualTo(1);
        rig.complete(0);
        assertThat(queue.poll()).isSameAs(kept);
        assertThat(taken.state()).isEqualTo(TransferState.PREPARED);
        taken.submit();
        queue.flush();
        rig.complete(0);
        assertThat(queue.poll()).isSameAs(taken);
    }

    @Test
    @Clause("2.7.8.3#1")
    void receivedBytesAreSpreadOverTheBuffersInOrder() {
        DmaBuffer[] buffers = {rig.buffer(), rig.buffer(), rig.buffer()};
        TransferToken token =
                queue.prepare(
                        BufferList.send(rig.buffer())
                                .receive(buffers[0])
                                .receive(buffers[1], buffers[2]));
        token.limitReceiving(0, 10);
        token.submit();
        queue.flush();
        rig.ring.completeWith(new byte[30]);
        assertThat(queue.poll()).isSameAs(token);
        assertThat(token.receivedLength()).isEqualTo(30);
        assertThat(token.receivedLength(0)).isEqualTo(10);
        assertThat(token.receivedLength(1)).isEqualTo(20);
        assertThat(token.receivedLength(2)).isZero();
        assertThat(token.received(1).byteSize()).isEqualTo(20);
        assertThat(token.received(2).byteSize()).isZero();
        assertThatThrownBy(() -> token.receivedLength(3))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void limitsChangeWhatTheDeviceSees() {
        TransferToken token = rig.token();
        token.limitSending(0, 14);
        token.limitReceiving(0, 20);
        token.submit();
        queue.flush();
        int id = rig.ring.take();
        assertThat(rig.ring.chain(id).readableBytes()).isEqualTo(14);
        assertThat(rig.ring.chain(id).writableBytes()).isEqualTo(20);
        assertThat(rig.ring.rewrites).isEqualTo(2);
    }

    @Test
    void aLimitThatChangesNothingWritesNothing() {
        TransferToken token = rig.token();
        token.limitSending(0, 64);
        assertThat(rig.ring.rewrites).isZero();
    }

    @Test
    void aLimitBeyondTheBufferIsRefusedAndChangesNothing() {
        TransferToken token = rig.token();
        assertThatThrownBy(() -> token.limitSending(0, 65))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("limit 65 for buffer 0 (expected: 0..64)");
        assertThatThrownBy(() -> token.limitReceiving(1, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> token.limitSending(-1, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(rig.ring.rewrites).isZero();
    }

    @Test
    void aFullQueueLeavesTheBuffersWithTheirOwner() {
        for (int i = 0; i < 8; i++) {
            rig.receiver();
        }
        assertThat(queue.room()).isZero();
        DmaBuffer mine = rig.buffer();
        assertThatThrownBy(() -> queue.prepare(BufferList.send(mine)))
                .isInstanceOf(QueueFullException.class);
        mine.setInt(0, 1);
        mine.close();
    }

    @Test
    void aBufferIsInOneTransferAtATime() {
        DmaBuffer other = rig.buffer();
        DmaBuffer taken = rig.buffer();
        TransferToken token = queue.prepare(BufferList.send(taken));
        assertThatThrownBy(() -> queue.prepare(BufferList.send(other).receive(taken)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is in transfer #0 of queue 1 already");
        other.close(); // it was let go of again
        token.release();
        queue.prepare(BufferList.send(taken)).close();
    }

    @Test
    void aBufferIsInATransferOnce() {
        DmaBuffer twice = rig.buffer();
        assertThatThrownBy(() -> queue.prepare(BufferList.send(twice).receive(twice)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("already");
        twice.close();
    }

    @Test
    void aTransferNeedsABuffer() {
        assertThatThrownBy(() -> queue.prepare(BufferList.send()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one buffer");
    }

    @Test
    void aFreedBufferCannotBePrepared() {
        DmaBuffer freed = rig.buffer();
        freed.close();
        assertThatThrownBy(() -> queue.prepare(BufferList.send(freed)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was freed");
    }

    @Test
    void aBufferInATransferCannotBeFreedByItself() {
        DmaBuffer taken = rig.buffer();
        TransferToken token = queue.prepare(BufferList.send(taken));
        assertThatThrownBy(taken::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("transfer #0 of queue 1");
        token.close();
        taken.close();
    }

    @Test
    void closingFreesTheBuffersAndReleasingKeepsThem() {
        long before = rig.freeBytes();
        rig.token().close();
        assertThat(rig.freeBytes()).isEqualTo(before);
        BufferList buffers = rig.token().release();
        assertThat(rig.freeBytes()).isEqualTo(before - 128);
        buffers.sent().getFirst().setInt(0, 1);
        assertThat(queue.room()).isEqualTo(8);
    }

    @Test
    void aViewThatIsKeptAcrossASendThrows() {
        DmaBuffer buffer = rig.buffer();
        MemorySegment before = buffer.view();
        TransferToken token = queue.prepare(BufferList.receiveOnly(buffer));
        MemorySegment after = token.receiving(0).view();
        before.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        token.submit();
        assertThatThrownBy(() -> before.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> after.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buffer.intAt(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("STAGED");
    }

    @Test
    void aSendThatFailsLeavesTheTransferPrepared() {
        TransferToken token = rig.token();
        MemorySegment view = token.sending(0).view();
        rig.health.report(new DeviceLostException("QEMU is gone"));
        assertThatThrownBy(token::send)
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("QEMU is gone");
        assertThatThrownBy(token::submit).isInstanceOf(DeviceLostException.class);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        assertThat(token.id()).isZero();
        view.set(ValueLayout.JAVA_BYTE, 0, (byte) 1); // not even the views are gone
        rig.health.recover();
        token.submit();
    }

    @Test
    void whatTheDeviceHasUsedIsPolledEvenWhenTheDeviceIsLost() {
        TransferToken token = rig.receiver();
        token.submit();
        queue.flush();
        rig.complete(5);
        rig.health.report(new DeviceLostException("QEMU is gone"));
        assertThat(queue.poll()).isSameAs(token);
        assertThatThrownBy(queue::poll).isInstanceOf(DeviceLostException.class);
    }

    @Test
    void aDoorbellThatFailsSaysSoAndLosesNothing() {
        TransferToken token = rig.receiver();
        token.submit();
        rig.onRing =
                next -> {
                    throw new DeviceLostException("the socket is closed");
                };
        assertThatThrownBy(queue::flush).isInstanceOf(DeviceLostException.class);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        rig.complete(0);
        assertThat(queue.poll()).isSameAs(token);
    }
}
