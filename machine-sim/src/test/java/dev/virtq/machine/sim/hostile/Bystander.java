package dev.virtq.machine.sim.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A thread that waits for a transfer on another queue, which the device keeps. */
final class Bystander {
    private final SharedVirtqueue queue;
    private final TransferToken token;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Thread thread;

    Bystander(Virtqueue own, DmaMemory memory) {
        queue = own.share();
        token = queue.prepare(BufferList.send(memory.allocate(64)).receive(memory.allocate(64)));
    }

    void begin() {
        TransferFuture<TransferToken> future = queue.send(token);
        thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("bystander")
                        .start(() -> {
                            try {
                                future.get(60, TimeUnit.SECONDS);
                            } catch (ExecutionException e) {
                                failure = e.getCause();
                            } catch (Exception e) {
                                failure = e;
                            }
                        });
    }

    /** It must not wait any longer, whatever became of its transfer. */
    void assertReleased() throws InterruptedException {
        Thread waiting = thread;
        if (waiting != null) {
            assertThat(waiting.join(Duration.ofSeconds(10))).as("the bystander's end").isTrue();
            Throwable found = failure;
            if (found != null) {
                assertThat(found).isInstanceOf(VirtioException.class);
            }
        }
    }
}
