package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Interrupt;
import dev.virtq.testing.Clause;
import dev.virtq.transport.pci.ScriptedFunction.Line;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Notifications by the interrupt pin, to whose line the machine listens. */
@Timeout(10)
class InterruptPinTest {
    private static final int PIN_DISABLED = 0x04; // of the command register's high byte
    private static final long LONG = TimeUnit.SECONDS.toNanos(5);
    private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(20);

    private final ScriptedFunction function = ScriptedFunction.honest();
    private final Line line;
    private final VirtioPciTransport transport;
    private final Interrupt queue;

    InterruptPinTest() {
        function.messagesAvailable = 0;
        function.line = function.new Line();
        line = Objects.requireNonNull(function.line);
        transport = function.open();
        queue = transport.enableQueue(0, SetUpTest.setup(64)).interrupt();
    }

    @Test
    void thePinIsUsedOnlyWhereSomebodyListens() {
        assertThat(function.config.peek(0x05) & PIN_DISABLED).isZero();
        ScriptedFunction deaf = ScriptedFunction.withoutMsix();
        deaf.open();
        assertThat(deaf.config.peek(0x05) & PIN_DISABLED).isNotZero();
        ScriptedFunction sending = ScriptedFunction.honest();
        sending.line = sending.new Line();
        sending.open();
        assertThat(sending.config.peek(0x05) & PIN_DISABLED).isNotZero();
    }

    @Test
    void whileTheLineIsDownTheStatusIsNotRead() throws Exception {
        assertThat(queue.poll()).isFalse();
        assertThat(queue.await(SHORT)).isFalse();
        assertThat(function.device.isrReads).isZero();
    }

    @Test
    @Clause({"4.1.4.5.1#5", "4.1.5.4.2#1"})
    void aSleeperIsWokenAndTheStatusReadOnce() throws Exception {
        CompletableFuture<Boolean> sleeper = inAnotherThread(queue);
        Thread.sleep(20);
        function.notifyQueue(0);
        assertThat(sleeper.get()).isTrue();
        assertThat(function.device.isrReads).isEqualTo(1);
        assertThat(line.isRaised()).isFalse();
    }

    @Test
    void aLineThatIsUpForAnotherFunctionIsNoEvent() throws Exception {
        line.sharedAndUp = true;
        assertThat(queue.await(SHORT)).isFalse();
        assertThat(function.device.isrReads).isBetween(1, 40);
        function.notifyQueue(0);
        assertThat(queue.await(LONG)).isTrue();
    }

    @Test
    void whoSleepsForAQueueWakesWhenTheConfigurationChanges() throws Exception {
        CompletableFuture<Boolean> sleeper = inAnotherThread(queue);
        Thread.sleep(20);
        function.notifyConfig();
        assertThat(sleeper.get()).isTrue();
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(queue.poll()).isFalse();
    }

    @Test
    void closingSilencesThePin() {
        transport.writeStatus(0);
        assertThat(transport.readStatus()).isZero();
        transport.close();
        assertThat(function.config.peek(0x05) & PIN_DISABLED).isNotZero();
    }

    @Test
    void aSleeperLearnsThatTheDeviceIsGone() {
        function.lost = Optional.of(new DeviceLostException("gone"));
        assertThatThrownBy(() -> queue.await(LONG)).isInstanceOf(DeviceLostException.class);
        function.lost = Optional.empty();
        function.config.unplug();
        function.device.unplugged = true;
        line.sharedAndUp = true;
        assertThatThrownBy(() -> queue.await(LONG))
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("all ones");
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
