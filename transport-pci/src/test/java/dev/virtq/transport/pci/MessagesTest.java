package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Interrupt;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Notifications by MSI-X: which vector, and what when there are too few. */
@Timeout(10)
class MessagesTest {
    private static final int DRIVER_OK = 0x0f;

    private final ScriptedFunction function = ScriptedFunction.honest();

    @Test
    @Clause({"4.1.5.1.2.2#4", "4.1.5.1.2.2#5"})
    void eachQueueHasAVectorAndTheConfigurationHasOne() {
        VirtioPciTransport transport = function.open();
        Interrupt queue0 = enable(transport, 0);
        Interrupt queue2 = enable(transport, 2);
        transport.writeStatus(DRIVER_OK);
        assertThat(function.device.configVector).isZero();
        assertThat(function.device.queue(0).vector).isEqualTo(1);
        assertThat(function.device.queue(2).vector).isEqualTo(3);

        function.notifyQueue(2);
        assertThat(queue0.poll()).isFalse();
        assertThat(queue2.poll()).isTrue();
        assertThat(queue2.poll()).isFalse();
        assertThat(transport.configInterrupt().poll()).isFalse();

        function.notifyConfig();
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(transport.configInterrupt().poll()).isFalse();
        assertThat(queue2.poll()).isFalse();
    }

    @Test
    @Clause("4.1.4.5.2#1")
    void theIsrStatusIsNotReadWhileMessagesAreOn() {
        VirtioPciTransport transport = function.open();
        Interrupt queue = enable(transport, 0);
        function.notifyQueue(0);
        assertThat(queue.poll()).isTrue();
        assertThat(function.device.isrReads).isZero();
    }

    @Test
    void whatSomebodyElseLeftInTheTableIsNotSentByOpening() {
        function.device.queue(0).vector = 2;
        function.msix.writeInt(2 * 16, 0x5000); // an address that is no longer theirs
        function.msix.writeInt(2 * 16 + 12, 0);
        VirtioPciTransport transport = function.open();
        function.notifyQueue(0);
        assertThat(function.msix.readInt(ScriptedMsix.PENDING)).isEqualTo(1 << 2);
        enable(transport, 1); // takes vector 2 for itself
        function.notifyQueue(1);
        assertThat(function.message(2).poll()).isTrue();
        assertThat(function.msix.isMasked(0)).isTrue();
        assertThat(function.msix.isMasked(1)).isTrue();
    }

    @Test
    @Clause({"4.1.5.1.2.2#1", "4.1.5.4.2#1"})
    void oneVectorServesQueuesAndConfiguration() {
        ScriptedFunction small = ScriptedFunction.honest(3, 1);
        VirtioPciTransport transport = small.open();
        Interrupt queue0 = enable(transport, 0);
        Interrupt queue1 = enable(transport, 1);
        transport.writeStatus(DRIVER_OK);
        small.notifyQueue(1);
        assertThat(queue0.poll()).isTrue();
        assertThat(queue1.poll()).isTrue();
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(queue0.poll()).isFalse();
        assertThat(small.messages).hasSize(1);
    }

    @Test
    @Clause({"4.1.5.1.2.2#3", "4.1.5.1.2.2#4"})
    void queuesShareTheVectorsThatThereAre() {
        ScriptedFunction small = ScriptedFunction.honest(5, 3);
        VirtioPciTransport transport = small.open();
        for (int queue = 0; queue < 5; queue++) {
            enable(transport, queue);
        }
        assertThat(small.device.queues.values().stream().map(queue -> queue.vector))
                .containsExactly(1, 2, 1, 2, 1);
    }

    @Test
    @Clause({"4.1.5.1.2.2#1", "4.1.5.1.2.2#4"})
    void aTableMayBeAsLargeAsTheStandardHasIt() {
        ScriptedFunction large = ScriptedFunction.honest(2050, ScriptedMsix.MOST_VECTORS);
        large.device.queues.values().forEach(queue -> queue.notifyOff = 0);
        VirtioPciTransport transport = large.open();
        Interrupt last = enable(transport, 2046);
        Interrupt first = enable(transport, 2047); // there are no more vectors
        assertThat(large.device.queue(2046).vector).isEqualTo(2047);
        assertThat(large.device.queue(2047).vector).isEqualTo(1);
        large.notifyQueue(2046);
        assertThat(last.poll()).isTrue();
        assertThat(first.poll()).isFalse();
    }

    @Test
    void queuesShareTheMessagesThatTheMachineHas() {
        function.messagesAvailable = 2;
        VirtioPciTransport transport = function.open();
        Interrupt queue0 = enable(transport, 0);
        Interrupt queue2 = enable(transport, 2);
        assertThat(function.device.queue(0).vector).isEqualTo(1);
        assertThat(function.device.queue(2).vector).isZero();
        function.notifyQueue(2);
        assertThat(queue2.poll()).isTrue();
        assertThat(queue0.poll()).isFalse();
    }

    @Test
    @Clause({"4.1.5.1.2.2#5", "4.1.5.1.2.2#6", "4.1.5.1.2.1#9"})
    void aRefusedVectorIsReplacedByOneThatIsInUse() {
        function.device.vectorAnswer = vector -> vector == 2 ? 0xffff : vector;
        VirtioPciTransport transport = function.open();
        enable(transport, 0);
        Interrupt queue1 = enable(transport, 1);
        assertThat(function.device.queue(1).vector).isZero();
        function.notifyQueue(1);
        assertThat(queue1.poll()).isTrue();
    }

    @Test
    @Breach("4.1.5.1.2.1#8")
    void aDeviceThatRefusesEveryVectorIsAtFault() {
        function.device.vectorAnswer = _ -> 0xffff;
        VirtioPciTransport transport = function.open();
        assertThatThrownBy(() -> enable(transport, 1))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("refuses every MSI-X vector for queue 1")
                .hasMessageContaining("[2, 0] of 4");
        assertThat(function.device.queue(1).enable).isZero();
        assertThatThrownBy(() -> transport.writeStatus(DRIVER_OK))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("configuration changes");
        assertThat(function.device.status).isZero();
    }

    @Test
    @Breach("4.1.5.1.2.1#6")
    void aDeviceThatMapsToAnotherVectorIsAtFault() {
        function.device.vectorAnswer = vector -> vector + 1;
        VirtioPciTransport transport = function.open();
        assertThatThrownBy(() -> enable(transport, 0))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("vector field reads 2 (expected: 1, or 65535)");
    }

    @Test
    void aTableThatForgetsIsAFault() {
        function.msix.forgetWrites();
        VirtioPciTransport transport = function.open();
        assertThatThrownBy(() -> enable(transport, 0))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("does not hold what was written to vector 1");
    }

    @Test
    void aMachineThatProgramsTheTableIsLeftToIt() {
        function.programsTableItself = true;
        VirtioPciTransport transport = function.open();
        Interrupt queue = enable(transport, 0);
        assertThat(function.config.peek(0x43)).isZero();
        assertThat(function.msix.isMasked(1)).isTrue();
        function.notifyQueue(0);
        assertThat(queue.poll()).isTrue();
    }

    @Test
    @Clause("4.1.5.1.2.1#7")
    void afterAResetEverythingIsMappedAgain() {
        VirtioPciTransport transport = function.open();
        enable(transport, 0);
        transport.writeStatus(DRIVER_OK);
        transport.writeStatus(0);
        assertThat(function.device.configVector).isEqualTo(0xffff);
        Interrupt queue = enable(transport, 0);
        transport.writeStatus(DRIVER_OK);
        function.notifyConfig();
        function.notifyQueue(0);
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(queue.poll()).isTrue();
    }

    @Test
    void messagesAreGivenBackOnlyAfterAResetThatWasReadBack() {
        VirtioPciTransport running = function.open();
        enable(running, 0);
        running.writeStatus(DRIVER_OK);
        running.writeStatus(0);
        function.device.resetReadsLeft = 1;
        assertThat(running.readStatus()).isNotZero();
        running.close();
        assertThat(function.messages.values()).noneMatch(ScriptedMessage::isClosed);

        ScriptedFunction other = ScriptedFunction.honest();
        VirtioPciTransport reset = other.open();
        enable(reset, 0);
        reset.writeStatus(DRIVER_OK);
        reset.writeStatus(0);
        assertThat(reset.readStatus()).isZero();
        reset.close();
        assertThat(other.messages.values()).hasSize(2).allMatch(ScriptedMessage::isClosed);
    }

    @Test
    void aDeviceThatOnlyTellsOfItsConfigurationKeepsItsMessage() {
        VirtioPciTransport transport = function.open();
        transport.writeStatus(DRIVER_OK);
        transport.close();
        assertThat(function.message(0).isClosed()).isFalse();
    }

    @Test
    void aTableThatLostItsEntriesInAResetIsProgrammedAgain() {
        VirtioPciTransport transport = function.open();
        enable(transport, 0);
        transport.writeStatus(0);
        for (int offset = 0; offset < 4 * 16; offset += 4) {
            function.msix.writeInt(offset, offset % 16 == 12 ? 1 : 0);
        }
        Interrupt queue = enable(transport, 0);
        function.notifyQueue(0);
        assertThat(queue.poll()).isTrue();
    }

    @Test
    void aDeadDevicesMessagesAreGivenBack() {
        VirtioPciTransport transport = function.open();
        enable(transport, 0);
        function.dead = true;
        transport.close();
        assertThat(function.messages.values()).hasSize(2).allMatch(ScriptedMessage::isClosed);
    }

    private static Interrupt enable(VirtioPciTransport transport, int queue) {
        return transport.enableQueue(queue, SetUpTest.setup(64)).interrupt();
    }
}
