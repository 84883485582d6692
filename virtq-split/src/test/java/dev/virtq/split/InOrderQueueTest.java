package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.ring.contract.LoopQueue;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The queue that programs use, with a device that accepted VIRTIO_F_IN_ORDER. */
@Timeout(60)
class InOrderQueueTest {
    private final LoopQueue loop =
            new LoopQueue(
                    new SplitFormat(), 8, FeatureSet.of(CommonFeature.IN_ORDER), Duration.ZERO);

    @Test
    @Clause("2.7.9")
    void aTokenSaysWhetherTheLengthOfWhatItReceivedIsAssumed() {
        List<TransferToken> tokens = submit(3);
        while (loop.device.take()) {
            // all three
        }
        loop.device.use(loop.device.chain().id(), 5);
        loop.device.publish();
        for (int i = 0; i < 3; i++) {
            assertThat(loop.queue.poll()).isSameAs(tokens.get(i));
            assertThat(tokens.get(i).receivedLength()).isEqualTo(i < 2 ? 8 : 5);
            assertThat(tokens.get(i).receivedLengthIsAssumed()).isEqualTo(i < 2);
            assertThat(tokens.get(i).received(0).byteSize()).isEqualTo(i < 2 ? 8 : 5);
        }
        tokens.get(0).submit();
        loop.queue.flush();
        assertThat(loop.step()).isTrue();
        assertThat(loop.queue.poll()).isSameAs(tokens.get(0));
        assertThat(tokens.get(0).receivedLengthIsAssumed()).isFalse();
    }

    @Test
    void handlesAndSubmittedTransfersOfOneBatchEachGoToTheirPlace() throws Exception {
        TransferToken submitted = loop.prepare(8, 8);
        TransferToken detached = loop.prepare(8, 8);
        TransferToken waited = loop.prepare(8, 8);
        submitted.submit();
        detached.submit();
        Transfer transfer = waited.send();
        loop.queue.flush();
        detached.detach();
        while (loop.device.take()) {
            // all three
        }
        loop.device.use(loop.device.chain().id(), 1);
        loop.device.publish();
        assertThat(transfer.await(Duration.ZERO)).isSameAs(waited);
        assertThat(loop.queue.poll()).isSameAs(submitted);
        assertThat(loop.queue.poll()).isNull();
        assertThat(detached.state()).isEqualTo(TransferState.CLOSED);
        assertThat(loop.queue.room()).isEqualTo(4);
    }

    @Test
    void whatWasUsedInABatchBeforeAResetCountsAsUsedAndTheRestIsReturned() {
        List<TransferToken> tokens = submit(4);
        loop.device.take();
        loop.device.take();
        loop.device.take();
        loop.device.use(loop.device.chain().id(), 8);
        loop.device.publish();
        assertThat(loop.queue.poll()).isSameAs(tokens.get(0)); // the batch is half taken
        loop.control.returnAll();
        assertThat(loop.queue.poll()).isSameAs(tokens.get(1));
        assertThat(loop.queue.poll()).isSameAs(tokens.get(2));
        assertThat(loop.queue.poll()).isNull();
        assertThat(loop.queue.takeReturned()).containsExactly(tokens.get(3));

        var device =
                new SplitFormat()
                        .createDeviceEnd(
                                loop.ring.setup(),
                                FeatureSet.of(CommonFeature.IN_ORDER),
                                loop.memory);
        tokens.forEach(TransferToken::submit);
        loop.queue.flush();
        for (TransferToken token : tokens) {
            assertThat(device.take()).isTrue();
            device.use(device.chain().id(), 0);
            device.publish();
            assertThat(loop.queue.poll()).isSameAs(token);
        }
    }

    @Test
    void aQueueOfADeadDeviceQuarantinesWhatItHadAndFreesTheRest() {
        List<TransferToken> tokens = submit(2);
        TransferToken staged = loop.prepare(8, 8);
        staged.submit();
        loop.control.close(false);
        assertThat(tokens)
                .allSatisfy(it -> assertThat(it.state()).isEqualTo(TransferState.QUARANTINED));
        assertThat(staged.state()).isEqualTo(TransferState.CLOSED);
    }

    /** As a fast device may do it: whatever it finds becomes one batch. */
    @Test
    @Clause("2.7.9")
    void aQueueThatStaysFullLosesNothingWhereADeviceThreadAnswersInBatches() throws Exception {
        FeatureSet accepted = FeatureSet.of(CommonFeature.IN_ORDER, CommonFeature.INDIRECT_DESC);
        LoopQueue full = new LoopQueue(new SplitFormat(), 16, accepted, Duration.ofNanos(100_000));
        Thread device =
                Thread.ofPlatform()
                        .daemon()
                        .name("device")
                        .start(() -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                if (answerBatch(full) == 0) {
                                    Thread.onSpinWait();
                                }
                            }
                        });
        List<TransferToken> tokens = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            TransferToken token = full.prepare(8, 8);
            LoopQueue.fill(token, i);
            token.submit();
            tokens.add(token);
        }
        int assumed = 0;
        for (long i = 0; i < 30_000; i++) {
            TransferToken token = Objects.requireNonNull(full.queue.poll(Duration.ofSeconds(30)));
            assertThat(token).isSameAs(tokens.get((int) (i % 16)));
            assertThat(~token.receiving(0).longAt(0)).isEqualTo(i);
            assumed += token.receivedLengthIsAssumed() ? 1 : 0;
            LoopQueue.fill(token, i + 16);
            token.submit();
        }
        device.interrupt();
        device.join();
        assertThat(assumed).isPositive();
    }

    private static int answerBatch(LoopQueue loop) {
        int batch = 0;
        while (batch < 5 && loop.device.take()) {
            loop.invert();
            batch++;
        }
        if (batch > 0) {
            loop.device.use(loop.device.chain().id(), 8);
            loop.device.publish();
        }
        return batch;
    }

    private List<TransferToken> submit(int count) {
        List<TransferToken> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TransferToken token = loop.prepare(8, 8);
            token.submit();
            tokens.add(token);
        }
        loop.queue.flush();
        return tokens;
    }
}
