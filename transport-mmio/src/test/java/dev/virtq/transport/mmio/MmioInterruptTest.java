package dev.virtq.transport.mmio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Interrupt;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One line for all queues and the configuration. */
class MmioInterruptTest {
    private static final int QUEUE = 1;
    private static final int CONFIG = 2;
    private static final long LONG = Duration.ofSeconds(10).toNanos();
    private static final long SHORT = Duration.ofMillis(20).toNanos();

    private final ScriptedSlot slot = ScriptedSlot.honest();
    private final ScriptedRegisters device = slot.device;
    private final VirtioMmioTransport transport = slot.open();

    @Test
    @Clause({"4.2.3.4.1#1", "4.2.3.4.1#2", "4.2.3.4.1#3", "4.2.2.2#13"})
    void aUsedBufferEventIsForEveryQueueAndIsAcknowledgedOnce() throws InterruptedException {
        Interrupt first = queue(0);
        Interrupt second = queue(1);
        slot.event(QUEUE);
        assertThat(first.await(LONG)).isTrue();
        assertThat(second.await(LONG)).isTrue();
        assertThat(device.acknowledged).containsExactly(QUEUE);
        assertThat(first.poll()).isFalse();
        assertThat(transport.configInterrupt().poll()).isFalse();
    }

    @Test
    void aConfigurationChangeIsNotForTheQueues() {
        Interrupt queue = queue(0);
        slot.event(CONFIG);
        assertThat(queue.poll()).isFalse();
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(device.acknowledged).containsExactly(CONFIG);
    }

    @Test
    @Clause({"4.2.2.2#12", "4.2.2.2#13"})
    void undefinedBitsAreIgnoredAndNotAcknowledged() {
        Interrupt queue = queue(0);
        device.undefinedInterruptBits = 0x7fff_fffc;
        slot.event(QUEUE);
        assertThat(queue.poll()).isTrue();
        assertThat(device.acknowledged).containsExactly(QUEUE);
    }

    @Test
    void whatHappensBetweenReadingAndAcknowledgingIsNotLost() {
        Interrupt queue = queue(0);
        slot.event(QUEUE);
        device.afterAcknowledge = () -> slot.event(CONFIG);
        assertThat(queue.poll()).isTrue();
        assertThat(transport.configInterrupt().poll()).isTrue();
    }

    @Test
    void whileTheLineIsDownNoRegisterIsRead() throws InterruptedException {
        Interrupt queue = queue(0);
        device.accesses.clear();
        assertThat(queue.poll()).isFalse();
        assertThat(queue.await(SHORT)).isFalse();
        assertThat(device.accesses).isEmpty();
    }

    @Test
    void aWaiterIsWokenByTheLine() throws Exception {
        Interrupt queue = queue(0);
        CompletableFuture<Boolean> waiter = inAnotherThread(queue);
        Thread.sleep(20);
        slot.event(QUEUE);
        assertThat(waiter.get()).isTrue();
    }

    @Test
    void aLineThatIsUpForAnotherDeviceIsNoEvent() throws InterruptedException {
        Interrupt queue = queue(0);
        slot.line.sharedAndUp = true;
        device.accesses.clear();
        assertThat(queue.await(SHORT)).isFalse();
        assertThat(device.accesses).contains("r060").hasSizeLessThan(40);
        assertThat(device.acknowledged).isEmpty();
        slot.event(QUEUE);
        assertThat(queue.await(LONG)).isTrue();
    }

    @Test
    void withoutALineTheStatusIsLookedAtNowAndThen() throws Exception {
        slot.listens = false;
        VirtioMmioTransport polled = slot.open();
        Interrupt queue = polled.enableQueue(0, MmioSetUpTest.setup(64)).interrupt();
        assertThat(queue.await(SHORT)).isFalse();
        CompletableFuture<Boolean> waiter = inAnotherThread(queue);
        Thread.sleep(20);
        slot.event(QUEUE);
        assertThat(waiter.get()).isTrue();
    }

    @Test
    void aWaiterHearsThatTheDeviceIsGone() {
        Interrupt queue = queue(0);
        slot.lost = new DeviceLostException("the machine was closed");
        assertThatThrownBy(() -> queue.await(LONG))
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("the machine was closed");
        slot.lost = null;
        device.interruptStatus = 1; // the line is up
        device.removed = true;
        assertThatThrownBy(() -> queue.await(LONG))
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("all ones");
    }

    private Interrupt queue(int index) {
        return transport.enableQueue(index, MmioSetUpTest.setup(64)).interrupt();
    }

    private static CompletableFuture<Boolean> inAnotherThread(Interrupt interrupt) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return interrupt.await(LONG);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }
}
