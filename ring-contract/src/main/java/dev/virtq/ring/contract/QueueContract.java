package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The queue that programs use, over the ring, with a device at its other end. */
@Timeout(60)
public abstract class QueueContract implements RingUnderTest {
    private FeatureSet accepted;
    private LoopQueue loop;

    /** For the tests of a format. */
    protected QueueContract() {}

    @BeforeEach
    void connect() {
        accepted = accepting(FeatureSet.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX));
        loop = new LoopQueue(format(), sizeFrom(8), accepted, Duration.ofNanos(1000));
    }

    @Test
    void aTransferGoesThroughItsStatesOneStepAtATime() {
        TransferToken token = loop.prepare(8, 8);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        LoopQueue.fill(token, 42);
        token.submit();
        assertThat(token.state()).isEqualTo(TransferState.STAGED);
        assertThat(loop.step()).isFalse();
        assertThat(loop.queue.publish()).isOne();
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(loop.queue.inFlight()).isOne();
        assertThat(loop.queue.poll()).isNull();
        assertThatThrownBy(() -> token.sending(0).view()).isInstanceOf(IllegalStateException.class);
        assertThat(loop.step()).isTrue();
        assertThat(loop.queue.poll()).isSameAs(token);
        assertThat(token.state()).isEqualTo(TransferState.COMPLETED);
        assertThat(token.receivedLength()).isEqualTo(8);
        assertThat(LoopQueue.answer(token)).isEqualTo(42);
        assertThat(loop.queue.poll()).isNull();
    }

    @Test
    void aDeviceThatSleepsIsNotifiedOnce() {
        TransferToken first = loop.prepare(8, 8);
        TransferToken second = loop.prepare(8, 8);
        loop.device.enableNotifications();
        first.submit();
        second.submit();
        loop.queue.flush();
        assertThat(loop.doorbell.drainPermits()).isOne();
        loop.queue.flush();
        assertThat(loop.doorbell.drainPermits()).isZero();
        while (loop.step()) {
            // serves both
        }
        assertThat(loop.queue.poll()).isSameAs(first);
        first.submit();
        loop.queue.flush();
        assertThat(loop.doorbell.drainPermits()).isZero(); // it has not asked again
        loop.queue.notifyDevice();
        assertThat(loop.doorbell.drainPermits()).isOne();
    }

    @Test
    void whatIsStagedCanBeTakenBackFromTheMiddle() {
        TransferToken first = loop.prepare(8, 8);
        TransferToken second = loop.prepare(8, 8);
        TransferToken third = loop.prepare(8, 8);
        first.submit();
        second.submit();
        third.submit();
        second.takeBack();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        assertThat(loop.step()).isTrue();
        assertThat(loop.step()).isFalse();
        assertThat(loop.queue.poll()).isSameAs(first);
        assertThat(loop.queue.poll()).isSameAs(third);
        assertThat(second.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aTimeoutLeavesTheTransferInFlight() throws Exception {
        TransferToken token = loop.prepare(8, 8);
        Transfer transfer = token.send();
        assertThatThrownBy(() -> transfer.await(Duration.ofMillis(5)))
                .isInstanceOf(TransferTimeoutException.class);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(loop.step()).isTrue();
        assertThat(transfer.poll()).isTrue();
        assertThat(transfer.await(Duration.ZERO)).isSameAs(token);
    }

    /**
     * A format whose section says so names it.
     *
     * @throws Exception when it fails
     */
    @Test
    protected void interruptsForNothingWakeTheDriverAndItGoesOnWaiting() throws Exception {
        TransferToken token = loop.prepare(8, 8);
        for (int i = 0; i < 5; i++) {
            loop.interruptForNothing();
        }
        assertThat(loop.queue.poll(Duration.ofMillis(1))).isNull();
        Transfer transfer = token.send();
        for (int i = 0; i < 5; i++) {
            loop.interruptForNothing();
        }
        assertThatThrownBy(() -> transfer.await(Duration.ofMillis(5)))
                .isInstanceOf(TransferTimeoutException.class);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThat(loop.step()).isTrue();
        assertThat(transfer.await(Duration.ofSeconds(30))).isSameAs(token);
    }

    /** What a buffer holds beyond the used length means nothing. */
    @Test
    protected void whatTheDeviceWroteBeyondItsLengthIsNotShown() {
        TransferToken token = loop.prepare(8, 8);
        LoopQueue.fill(token, 1);
        token.submit();
        loop.queue.flush();
        assertThat(loop.device.take()).isTrue();
        assertThat(loop.invert()).isEqualTo(8);
        loop.device.use(loop.device.chain().id(), 3); // and says that it wrote less
        loop.device.publish();
        assertThat(loop.queue.poll()).isSameAs(token);
        assertThat(token.receivedLength()).isEqualTo(3);
        assertThat(token.received(0).byteSize()).isEqualTo(3);
    }

    @Test
    void aFaultOfTheDeviceReachesTheCallerWithItsClause() {
        TransferToken token = loop.prepare(8, 8);
        token.submit();
        loop.queue.flush();
        assertThat(loop.device.take()).isTrue();
        loop.device.use(loop.device.chain().id(), 9);
        loop.device.publish();
        assertThatThrownBy(loop.queue::poll)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining(clauseOnUsedLength());
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        loop.control.close(false);
        assertThat(token.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(loop.memory.quarantined()).isPositive();
    }

    @Test
    void afterAResetEveryTransferIsPreparedAgainAndGoesRound() {
        TransferToken inFlight = loop.prepare(8, 8);
        TransferToken staged = loop.prepare(8, 8);
        inFlight.submit();
        loop.queue.flush();
        staged.submit();
        loop.control.returnAll();
        assertThat(loop.queue.takeReturned()).containsExactly(inFlight, staged);
        LoopQueue.fill(inFlight, 7);
        inFlight.submit();
        loop.queue.flush();
        var device = format().createDeviceEnd(loop.ring.setup(), accepted, loop.memory);
        assertThat(device.take()).isTrue();
        device.use(device.chain().id(), 0);
        device.publish();
        assertThat(loop.queue.poll()).isSameAs(inFlight);
    }

    @Test
    void closingTheQueueAfterAResetGivesAllItsMemoryBack() {
        long before = BothEnds.memory().available();
        loop.prepare(8, 8).submit();
        loop.prepare(100, 100);
        loop.queue.flush();
        loop.control.close(true);
        assertThat(loop.memory.available()).isEqualTo(before);
        assertThat(loop.memory.quarantined()).isZero();
    }

    @Test
    void aSnapshotShowsEachTransferWhereItIs() {
        TransferToken prepared = loop.prepare(8, 8);
        TransferToken staged = loop.prepare(8, 8);
        TransferToken inFlight = loop.prepare(8, 8);
        TransferToken used = loop.prepare(8, 8);
        used.submit();
        inFlight.submit();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        staged.submit();
        assertThat(loop.queue.snapshot().chains())
                .extracting(chain -> chain.owner())
                .containsExactly(Owner.PREPARED, Owner.STAGED, Owner.DEVICE, Owner.USED);
        assertThat(prepared.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aFrameIsSentShorterThanItsBuffer() {
        DmaBuffer frame = loop.memory.allocate(1514);
        DmaBuffer reply = loop.memory.allocate(1514);
        TransferToken token = loop.queue.prepare(BufferList.send(frame).receive(reply));
        token.limitSending(0, 60);
        token.submit();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        assertThat(loop.queue.poll()).isSameAs(token);
        assertThat(token.receivedLength()).isEqualTo(60);
    }
}
