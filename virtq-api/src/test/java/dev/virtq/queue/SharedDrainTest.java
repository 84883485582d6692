package dev.virtq.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.TransferTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting for what nobody waits for, on a queue of many threads. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedDrainTest {
    private final QueueRig rig = new QueueRig(64, QueueOptions.DEFAULT.withSpin(Duration.ZERO));
    private final SharedVirtqueue shared = rig.queue.share();

    private TransferFuture<TransferToken> sendAndClose() {
        TransferToken token = shared.prepare(BufferList.send(rig.buffer()).receive(rig.buffer()));
        TransferFuture<TransferToken> future = shared.send(token);
        shared.close(token);
        return future;
    }

    private CompletableFuture<Throwable> drainElsewhere(Duration timeout) {
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        shared.drain(timeout);
                        end.complete(null);
                    } catch (Throwable e) {
                        end.complete(e);
                    }
                });
        return end;
    }

    private void awaitSleeper(int before) {
        while (rig.interrupt.awaited() == before) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theRoomIsWhatCanStillBePrepared() {
        assertThat(shared.room()).isEqualTo(64);
        TransferToken token = shared.prepare(BufferList.send(rig.buffer()).receive(rig.buffer()));
        assertThat(shared.room()).isEqualTo(62);
        shared.close(token);
        assertThat(shared.room()).isEqualTo(64);
    }

    @Test
    void whereNothingIsDetachedThereIsNothingToWaitFor() throws InterruptedException {
        shared.drain(Duration.ZERO);
        TransferToken token = shared.prepare(BufferList.send(rig.buffer()).receive(rig.buffer()));
        TransferFuture<TransferToken> future = shared.send(token);
        shared.drain(Duration.ZERO);
        assertThat(future).as("it is waited for elsewhere").isNotDone();
    }

    @Test
    void itEndsWhenTheLastDetachedTransferIsDone() throws Exception {
        long free = rig.freeBytes();
        assertThat(sendAndClose()).isCancelled();
        assertThat(sendAndClose()).isCancelled();
        CompletableFuture<Throwable> first = drainElsewhere(QueueRig.SOON);
        CompletableFuture<Throwable> second = drainElsewhere(QueueRig.SOON);
        awaitSleeper(0);
        rig.complete(1);
        assertThatThrownBy(() -> first.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        rig.complete(1);
        assertThat(first.get(10, TimeUnit.SECONDS)).isNull();
        assertThat(second.get(10, TimeUnit.SECONDS)).isNull();
        assertThat(rig.freeBytes()).isEqualTo(free);
    }

    @Test
    void aTimeoutSaysHowManyThereAre() {
        assertThat(sendAndClose()).isCancelled();
        assertThatThrownBy(() -> shared.drain(Duration.ofMillis(20)))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessage(
                        "the device was not done with 1 detached transfers of queue 1 after 20 ms");
    }

    @Test
    void aDeviceThatIsLostReleasesWhoDrains() throws InterruptedException, ExecutionException {
        assertThat(sendAndClose()).isCancelled();
        CompletableFuture<Throwable> end = drainElsewhere(QueueRig.SOON);
        awaitSleeper(0);
        rig.health.hidden = new DeviceLostException("QEMU has ended");
        assertThat(end.get()).isInstanceOf(DeviceLostException.class);
    }

    @Test
    void aResetEndsIt() throws InterruptedException, ExecutionException {
        assertThat(sendAndClose()).isCancelled();
        CompletableFuture<Throwable> end = drainElsewhere(QueueRig.SOON);
        awaitSleeper(0);
        rig.control.returnAll();
        assertThat(end.get()).isNull();
    }
}
