package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device that needs a reset, with threads that wait for it, and its one way back. */
@Timeout(20)
class NeedsResetTest {
    private static final int NEEDS_RESET = 0x40;
    private static final int RUNNING = 0x0f;

    @Test
    @Clause("2.1.1#4")
    void everyWaiterFailsAtOnceAndAResetRecovers() throws Exception {
        check(ScriptedFunction.honest());
    }

    @Test
    @Clause("4.1.5.4.2#1")
    void soTheyDoWhenAllShareOneVector() throws Exception {
        check(ScriptedFunction.honest(3, 1));
    }

    @Test
    void soTheyDoWithoutMessages() throws Exception {
        check(ScriptedFunction.withoutMsix());
    }

    @Test
    void soTheyDoThroughConfigurationSpace() throws Exception {
        ScriptedFunction function = ScriptedFunction.honest();
        function.unreachedBars.addAll(List.of(1, 4));
        check(function);
    }

    private static void check(ScriptedFunction function) throws Exception {
        try (VirtioDevice device = VirtioDevice.open(function.open())) {
            start(device);
            CountDownLatch waiting = new CountDownLatch(2);
            long start;
            List<Future<?>> waiters = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                for (Virtqueue queue : device.queues()) {
                    waiters.add(
                            threads.submit(() -> {
                                TransferToken token =
                                        queue.prepare(
                                                BufferList.receiveOnly(
                                                        device.memory().allocate(64)));
                                var transfer = token.send();
                                waiting.countDown();
                                try {
                                    return transfer.await(Duration.ofSeconds(15));
                                } finally {
                                    queue.handOver(); // whoever resets the device needs it
                                }
                            }));
                }
                assertThat(waiting.await(5, TimeUnit.SECONDS)).isTrue();
                Thread.sleep(100); // both sleep by now
                start = System.nanoTime();
                function.device.status |= NEEDS_RESET;
                function.notifyConfig();
                for (Future<?> waiter : waiters) {
                    assertThatThrownBy(() -> waiter.get(5, TimeUnit.SECONDS))
                            .isInstanceOf(ExecutionException.class)
                            .hasRootCauseInstanceOf(DeviceFaultException.class)
                            .hasStackTraceContaining("the device needs a reset");
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
            device.reset();
            start(device);
            assertThat(device.failure()).isEmpty();
            assertThat(device.readStatus()).isEqualTo(RUNNING);
            assertThat(function.device.queue(0).generation).isEqualTo(2);
        }
        assertThat(function.memory.quarantined()).isZero();
    }

    private static void start(VirtioDevice device) {
        device.negotiate(List.of());
        device.queue(0);
        device.queue(1);
        device.start();
    }
}
