package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.Interrupt;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that wait, alone and several for one message. */
@Timeout(10)
class SharedVectorTest {
    @Test
    void everyWaiterOfASharedVectorWakes() throws Exception {
        ScriptedFunction small = ScriptedFunction.honest(3, 1);
        VirtioPciTransport transport = small.open();
        CountDownLatch started = new CountDownLatch(3);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?>[] waiters = new Future<?>[3];
            for (int i = 0; i < 3; i++) {
                Interrupt interrupt = enable(transport, i);
                waiters[i] =
                        threads.submit(() -> {
                            started.countDown();
                            assertThat(interrupt.await(TimeUnit.SECONDS.toNanos(8))).isTrue();
                            return null;
                        });
            }
            assertThat(started.await(1, TimeUnit.SECONDS)).isTrue();
            small.notifyQueue(1);
            for (Future<?> waiter : waiters) {
                waiter.get(5, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void lookingWhileAnotherThreadWaitsDoesNotTakeItsMessage() throws Exception {
        ScriptedFunction small = ScriptedFunction.honest(2, 1);
        VirtioPciTransport transport = small.open();
        Interrupt waiting = enable(transport, 0);
        Interrupt looking = enable(transport, 1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> waiter =
                    threads.submit(() -> waiting.await(TimeUnit.SECONDS.toNanos(8)));
            while (!small.message(0).isBeingLookedAt()) {
                Thread.onSpinWait();
            }
            assertThat(looking.poll()).isFalse(); // the message fails on two threads at once
            small.notifyQueue(0);
            assertThat(waiter.get(5, TimeUnit.SECONDS)).isTrue();
            assertThat(looking.poll()).isTrue();
        }
    }

    @Test
    void whenALeaderLeavesAnotherWaiterStillWakes() throws Exception {
        ScriptedFunction small = ScriptedFunction.honest(2, 1);
        VirtioPciTransport transport = small.open();
        Interrupt impatient = enable(transport, 0);
        Interrupt patient = enable(transport, 1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> leader =
                    threads.submit(() -> impatient.await(TimeUnit.MILLISECONDS.toNanos(30)));
            Future<Boolean> follower =
                    threads.submit(() -> patient.await(TimeUnit.SECONDS.toNanos(8)));
            assertThat(leader.get(5, TimeUnit.SECONDS)).isFalse();
            small.notifyQueue(1);
            assertThat(follower.get(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aWaitEndsInTimeAndByInterruption() throws Exception {
        ScriptedFunction function = ScriptedFunction.honest();
        VirtioPciTransport transport = function.open();
        Interrupt queue = enable(transport, 0);
        long start = System.nanoTime();
        assertThat(queue.await(Duration.ofMillis(20).toNanos())).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThanOrEqualTo(Duration.ofMillis(20));
        assertThat(queue.await(0)).isFalse();
        assertThat(queue.await(-1)).isFalse();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> queue.await(Long.MAX_VALUE))
                .isInstanceOf(InterruptedException.class);
        function.notifyQueue(0);
        assertThat(queue.await(Long.MAX_VALUE)).isTrue();
    }

    private static Interrupt enable(VirtioPciTransport transport, int queue) {
        return transport.enableQueue(queue, SetUpTest.setup(64)).interrupt();
    }
}
