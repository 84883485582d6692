package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The queue that programs use, with a device in a thread of its own. */
@Timeout(60)
public abstract class BusyQueueContract implements RingUnderTest {
    /** For the tests of a format. */
    protected BusyQueueContract() {}

    @Test
    void sendAndAwaitWithADeviceInItsOwnThread() throws Exception {
        LoopQueue loop = queue(8, Duration.ofNanos(1000), false);
        Thread device = loop.startDevice();
        try (TransferToken token = loop.prepare(8, 8)) {
            for (long i = 0; i < 2000; i++) {
                LoopQueue.fill(token, i);
                Transfer transfer = token.send();
                assertThat(transfer.await(Duration.ofSeconds(30))).isSameAs(token);
                assertThat(LoopQueue.answer(token)).isEqualTo(i);
            }
        } finally {
            device.interrupt();
            device.join();
        }
        assertThat(loop.queue.room()).isEqualTo(loop.ring.size());
    }

    @ParameterizedTest
    @CsvSource({
        "2, 20000, false",
        "3, 20000, false",
        "7, 100000, false",
        "100, 140000, false",
        "8, 100000, true"
    })
    void aQueueThatStaysFullLosesNothing(int best, int transfers, boolean inOrder)
            throws Exception {
        LoopQueue full = queue(best, Duration.ofNanos(100_000), inOrder);
        int size = full.ring.size();
        Thread device = full.startDevice();
        List<TransferToken> tokens = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            TransferToken token = full.prepare(8, 8);
            LoopQueue.fill(token, i);
            token.submit();
            tokens.add(token);
        }
        assertThatThrownBy(() -> full.prepare(8, 8)).isInstanceOf(QueueFullException.class);
        long next = size;
        long sum = 0;
        for (int done = 0; done < transfers; done++) {
            TransferToken token = Objects.requireNonNull(full.queue.poll(Duration.ofSeconds(30)));
            sum += ~token.receiving(0).longAt(0);
            LoopQueue.fill(token, next++);
            token.submit();
            if (done % 3 == 0) {
                full.queue.flush(); // else poll does
            }
        }
        for (int i = 0; i < size; i++) {
            sum +=
                    ~Objects.requireNonNull(full.queue.poll(Duration.ofSeconds(30)))
                            .receiving(0)
                            .longAt(0);
        }
        device.interrupt();
        device.join();
        assertThat(sum).isEqualTo((next - 1) * next / 2);
        tokens.forEach(TransferToken::close);
        assertThat(full.queue.room()).isEqualTo(size);
    }

    @Test
    void manyThreadsShareAQueueWithADeviceThread() throws Exception {
        LoopQueue loop = queue(8, Duration.ofNanos(1000), false);
        Thread device = loop.startDevice();
        SharedVirtqueue shared = loop.queue.share();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> sums = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                long base = t * 1_000_000L;
                sums.add(
                        threads.submit(() -> {
                            TransferToken token = shared.prepare(loop.buffers(8, 8));
                            long sum = 0;
                            for (long i = 0; i < 500; i++) {
                                token.sending(0).setLong(0, base + i);
                                shared.send(token).join();
                                sum += ~token.receiving(0).longAt(0);
                            }
                            shared.close(token);
                            return sum;
                        }));
            }
            long base = 0;
            for (Future<Long> sum : sums) {
                assertThat(sum.get()).isEqualTo(500 * base + 499 * 500 / 2);
                base += 1_000_000;
            }
        } finally {
            device.interrupt();
            device.join();
        }
        assertThat(loop.queue.room()).isEqualTo(loop.ring.size());
    }

    private LoopQueue queue(int best, Duration spin, boolean inOrder) {
        FeatureSet more = FeatureSet.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);
        more = inOrder ? more.with(CommonFeature.IN_ORDER) : more;
        return new LoopQueue(format(), sizeFrom(best), accepting(more), spin);
    }
}
