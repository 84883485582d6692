package dev.virtq.queue;

import static dev.virtq.queue.QueueRig.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Transfers that are submitted, and polled, many at a time: as one by one, and cheaper. */
class ManyAtOnceTest {
    private final QueueRig rig = new QueueRig();
    private final Virtqueue queue = rig.queue;
    private final TransferToken[] tokens = {rig.receiver(), rig.receiver(), rig.receiver()};
    private final TransferToken[] done = new TransferToken[8];

    @Test
    void theyAreSentInTheirOrderAndComeOutAsTheDeviceUsesThem() {
        queue.submit(tokens, 0, 3);
        assertThat(tokens[2].state()).isEqualTo(TransferState.STAGED);
        assertThat(tokens[2].id()).isEqualTo(tokens[0].id() + 2);
        queue.flush();
        rig.complete(1);
        rig.complete(2);
        rig.complete(3);
        assertThat(queue.poll(done, 1, 7)).isEqualTo(3);
        assertThat(done).startsWith(null, tokens[0], tokens[1], tokens[2], null);
        assertThat(tokens[1].receivedLength()).isEqualTo(2);
        assertThat(tokens[2].state()).isEqualTo(TransferState.COMPLETED);
        assertThat(queue.poll(done, 0, 8)).isZero();
    }

    @Test
    void noMoreComeOutThanThereIsRoomFor() {
        queue.submit(tokens, 0, 3);
        queue.flush();
        rig.complete(1);
        rig.complete(1);
        rig.complete(1);
        assertThat(queue.poll(done, 0, 2)).isEqualTo(2);
        assertThat(tokens[2].state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(queue.poll(done, 2, 6)).isEqualTo(1);
        assertThat(queue.poll(done, 0, 0)).isZero();
        assertThatThrownBy(() -> queue.poll(done, 7, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> queue.submit(tokens, 2, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void whatWasKeptWhileWaitingComesFirstAndHandlesNeverCome() throws InterruptedException {
        TransferToken awaited = rig.receiver();
        TransferToken detached = rig.receiver();
        queue.submit(tokens, 0, 1);
        Transfer transfer = awaited.send();
        queue.submit(tokens, 1, 1);
        detached.submit();
        queue.submit(tokens, 2, 1);
        queue.flush();
        rig.complete(1);
        rig.complete(1);
        transfer.await(SOON);
        detached.detach();
        rig.complete(1);
        rig.complete(1);
        rig.complete(1);
        assertThat(queue.poll(done, 0, 8)).isEqualTo(1); // what was kept
        assertThat(queue.poll(done, 1, 7)).isEqualTo(2);
        assertThat(done).startsWith(tokens[0], tokens[1], tokens[2], null);
        assertThat(detached.state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void theOnesBeforeOneThatCannotBeSentAreStaged() {
        tokens[1].submit();
        assertThatThrownBy(() -> queue.submit(tokens, 0, 3))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("STAGED");
        assertThat(tokens[0].state()).isEqualTo(TransferState.STAGED);
        assertThat(tokens[2].state()).isEqualTo(TransferState.PREPARED);
        assertThat(queue.publish()).isEqualTo(2);
    }

    @Test
    void oneOfAnotherQueueIsRefused() {
        TransferToken other = new QueueRig().receiver();
        assertThatThrownBy(() -> queue.submit(new TransferToken[] {other}, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("another queue");
        assertThat(other.state()).isEqualTo(TransferState.PREPARED);
        assertThat(queue.publish()).isZero();
    }

    @Test
    void sendingEndsTheViewsThatWereTakenSinceTheLastSending() {
        for (int round = 0; round < 3; round++) {
            MemorySegment view = tokens[0].receiving(0).view();
            queue.submit(tokens, 0, 1);
            assertThatThrownBy(() -> view.get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
            queue.flush();
            rig.complete(1);
            assertThat(queue.poll(done, 0, 1)).isEqualTo(1);
        }
    }

    @Test
    void aFaultDoesNotHideWhatWasUsedBeforeIt() {
        queue.submit(tokens, 0, 3);
        queue.flush();
        rig.complete(1);
        rig.ring.fault("the device used chain 77");
        assertThat(queue.poll(done, 0, 8)).isEqualTo(1);
        assertThatThrownBy(() -> queue.poll(done, 1, 7)).isInstanceOf(DeviceFaultException.class);
        assertThatThrownBy(() -> queue.submit(tokens, 0, 1))
                .isInstanceOf(DeviceFaultException.class);
        assertThat(tokens[0].state()).isEqualTo(TransferState.COMPLETED);
    }

    @Test
    void thatTheDeviceIsGoneIsSaidWhenThereIsNothingMore() {
        queue.submit(tokens, 0, 3);
        queue.flush();
        rig.complete(1);
        rig.health.report(new DeviceLostException("gone"));
        assertThat(queue.poll(done, 0, 8)).isEqualTo(1);
        assertThatThrownBy(() -> queue.poll(done, 0, 8)).isInstanceOf(DeviceLostException.class);
        assertThatThrownBy(() -> queue.submit(tokens, 0, 1))
                .isInstanceOf(DeviceLostException.class);
    }

    @Test
    void whatIsAttachedStaysWithTheTransfer() {
        assertThat(tokens[0].attachment()).isNull();
        tokens[0].attach("request 7");
        queue.submit(tokens, 0, 1);
        queue.flush();
        rig.complete(1);
        assertThat(queue.poll()).isSameAs(tokens[0]);
        assertThat(tokens[0].attachment()).isEqualTo("request 7");
        tokens[0].attach(null);
        assertThat(tokens[0].attachment()).isNull();
    }
}
