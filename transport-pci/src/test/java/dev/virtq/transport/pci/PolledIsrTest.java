package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Interrupt;
import dev.virtq.testing.Clause;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Notifications where there are no messages. */
@Timeout(10)
class PolledIsrTest {
    @Test
    @Clause({"4.1.4.5.1#5", "4.1.5.4.2#1"})
    void oneReadOfTheIsrStatusTellsAllQueuesAndTheConfiguration() {
        ScriptedFunction function = ScriptedFunction.withoutMsix();
        VirtioPciTransport transport = function.open();
        Interrupt queue0 = enable(transport, 0);
        Interrupt queue1 = enable(transport, 1);
        function.notifyQueue(0);
        function.notifyConfig();
        assertThat(queue1.poll()).isTrue();
        assertThat(queue0.poll()).isTrue();
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(function.device.isrReads).isEqualTo(1);
        assertThat(queue0.poll()).isFalse();
        assertThat(transport.configInterrupt().poll()).isFalse();
    }

    @Test
    void theBitsAreToldApart() {
        ScriptedFunction function = ScriptedFunction.withoutMsix();
        VirtioPciTransport transport = function.open();
        Interrupt queue = enable(transport, 0);
        function.notifyConfig();
        assertThat(queue.poll()).isFalse();
        assertThat(transport.configInterrupt().poll()).isTrue();
        function.device.isr = 0xfc; // reserved bits
        assertThat(queue.poll()).isFalse();
    }

    @Test
    void aWaiterWakes() throws Exception {
        ScriptedFunction function = ScriptedFunction.withoutMsix();
        Interrupt queue = enable(function.open(), 0);
        assertThat(queue.await(TimeUnit.MILLISECONDS.toNanos(5))).isFalse();
        function.notifyQueue(0);
        assertThat(queue.await(TimeUnit.SECONDS.toNanos(5))).isTrue();
    }

    @Test
    void aWaiterLearnsThatTheDeviceIsGone() {
        ScriptedFunction function = ScriptedFunction.withoutMsix();
        Interrupt queue = enable(function.open(), 0);
        function.lost = Optional.of(new DeviceLostException("gone"));
        assertThatThrownBy(() -> queue.await(TimeUnit.SECONDS.toNanos(5)))
                .isInstanceOf(DeviceLostException.class);
        function.lost = Optional.empty();
        function.config.unplug();
        function.device.unplugged = true;
        assertThatThrownBy(() -> queue.await(TimeUnit.SECONDS.toNanos(5)))
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("all ones");
    }

    @Test
    void aMachineWithoutMessagesTurnsMsixOff() {
        ScriptedFunction function = ScriptedFunction.honest();
        function.messagesAvailable = 0;
        function.config.poke(0x43, 0x80); // somebody left it on
        Interrupt queue = enable(function.open(), 0);
        assertThat(function.config.peek(0x43) & 0x80).isZero();
        function.notifyQueue(0);
        assertThat(queue.poll()).isTrue();
    }

    private static Interrupt enable(VirtioPciTransport transport, int queue) {
        return transport.enableQueue(queue, SetUpTest.setup(64)).interrupt();
    }
}
