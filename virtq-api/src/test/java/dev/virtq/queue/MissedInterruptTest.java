package dev.virtq.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device that uses buffers and does not notify, or whose notifications are lost. */
@Timeout(30)
class MissedInterruptTest {
    private static final Executor LATER =
            CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

    private final QueueRig rig = new QueueRig();

    @Test
    void whatWasUsedInSilenceIsFoundAllTheSameAndCounted() throws Exception {
        for (int round = 1; round <= 3; round++) {
            TransferToken token = submitted();
            LATER.execute(() -> rig.ring.complete(7));
            long start = System.nanoTime();
            assertThat(rig.queue.poll(QueueRig.SOON)).isSameAs(token);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
            assertThat(rig.queue.missedInterrupts()).isEqualTo(round);
            token.close();
        }
    }

    @Test
    void anInterruptThatComesALittleLaterThanTheBufferIsNotMissed() throws Exception {
        TransferToken token = submitted();
        LATER.execute(() -> rig.ring.complete(7));
        CompletableFuture.delayedExecutor(58, TimeUnit.MILLISECONDS).execute(rig.interrupt::raise);
        assertThat(rig.queue.poll(QueueRig.SOON)).isSameAs(token);
        assertThat(rig.queue.missedInterrupts()).isZero();
    }

    @Test
    void anInterruptThatComesIsNotMissed() throws Exception {
        TransferToken token = submitted();
        LATER.execute(() -> rig.complete(7));
        assertThat(rig.queue.poll(QueueRig.SOON)).isSameAs(token);
        assertThat(rig.queue.missedInterrupts()).isZero();
    }

    @Test
    void aWaitInWhichNothingIsUsedMissesNothing() throws Exception {
        submitted();
        assertThat(rig.queue.poll(Duration.ofMillis(120))).isNull();
        assertThat(rig.queue.missedInterrupts()).isZero();
    }

    @Test
    void whoLeadsASharedQueueNoticesToo() throws Exception {
        SharedVirtqueue shared = rig.queue.share();
        TransferToken token = shared.prepare(BufferList.send(rig.buffer()).receive(rig.buffer()));
        TransferFuture<TransferToken> future = shared.send(token);
        LATER.execute(() -> shared.locked(() -> rig.ring.complete(7)));
        assertThat(future.get(10, TimeUnit.SECONDS)).isSameAs(token);
        assertThat(shared.missedInterrupts()).isEqualTo(1);
    }

    private TransferToken submitted() {
        TransferToken token = rig.receiver();
        token.submit();
        rig.queue.flush();
        return token;
    }
}
