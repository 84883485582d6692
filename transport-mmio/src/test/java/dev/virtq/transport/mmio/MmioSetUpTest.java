package dev.virtq.transport.mmio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.testing.Clause;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Features, status, configuration, and setting queues up and resetting them. The scripted registers
 * fail a test that uses a wrong width, a wrong direction or a register that is not there.
 */
class MmioSetUpTest {
    private static final FeatureSet RESET = FeatureSet.of(CommonFeature.RING_RESET);

    private final ScriptedSlot slot = ScriptedSlot.honest();
    private final ScriptedRegisters device = slot.device;
    private final VirtioMmioTransport transport = slot.open();

    @Test
    @Clause({"4.2.2.2#1", "4.2.2.2#2", "4.2.2.2#7"})
    void eachWordOfTheFeaturesIsSelectedBeforeItIsRead() {
        device.offered[0] = 0x8000_0001;
        device.offered[2] = 4;
        device.offered[3] = 0x8000_0000;
        assertThat(transport.readOfferedFeatures().bits()).containsExactly(0, 31, 32, 66, 127);
    }

    @Test
    void wordsThatRepeatTheSecondOneAreNoFeatures() {
        device.offered[1] = 0x101;
        device.offered[2] = 0x101;
        device.offered[3] = 0x101;
        assertThat(transport.readOfferedFeatures().bits()).containsExactly(32, 40);
    }

    @Test
    @Clause("4.2.2.2#8")
    void eachWordOfTheAcceptedFeaturesIsSelectedBeforeItIsWritten() {
        transport.writeAcceptedFeatures(FeatureSet.EMPTY.withBit(5).withBit(32).withBit(127));
        assertThat(device.accepted).containsExactly(1 << 5, 1, 0, 0x8000_0000);
    }

    @Test
    void theStatusIsAByteInARegisterOfFour() {
        transport.writeStatus(3);
        assertThat(transport.readStatus()).isEqualTo(3);
        device.status = 0x1234_5603;
        assertThat(transport.readStatus()).isEqualTo(3);
        assertThatThrownBy(() -> transport.writeStatus(0x100))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Clause({"4.2.2.2#1", "4.2.2.2#10"})
    void aQueueIsMadeReadyWhenEverythingElseHasBeenSaid() {
        transport.enableQueue(1, setup(64));
        ScriptedRegisters.Queue queue = device.queue(1);
        assertThat(queue.size).isEqualTo(64);
        assertThat(queue.area(0)).isEqualTo(0x1_0000_1000L);
        assertThat(queue.area(1)).isEqualTo(0x1_0000_2000L);
        assertThat(queue.area(2)).isEqualTo(0x1_0000_3000L);
        assertThat(queue.ready).isEqualTo(1);
        assertThat(device.queue(0).ready).isZero();
        List<String> accesses = device.accesses;
        assertThat(accesses.subList(accesses.indexOf("w044"), accesses.size()))
                .containsExactly("w044", "r044");
    }

    @Test
    void queuesAreCountedUpToTheFirstThatIsNotThere() {
        assertThat(transport.queueCount()).isEqualTo(3);
        assertThat(transport.maxQueueSize(2)).isEqualTo(256);
        assertThat(transport.maxQueueSize(3)).isZero();
        assertThatThrownBy(() -> transport.maxQueueSize(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> transport.enableQueue(3, setup(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no queue 3");
        ScriptedSlot endless = new ScriptedSlot(2000, 8);
        assertThat(endless.open().queueCount()).isEqualTo(1024);
    }

    @Test
    @Clause("4.2.2.2#9")
    void theDriverAsksForNoSizeThatTheRulesForbid() {
        assertThatThrownBy(() -> transport.enableQueue(0, setup(512)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 256");
        assertThatThrownBy(() -> transport.enableQueue(0, setup(100)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a power of 2");
        assertThat(device.queue(0).size).isZero();
        assertThat(device.queue(0).ready).isZero();
    }

    @Test
    void aSizeThatNoQueueHasIsAFault() {
        device.queue(0).max = 100;
        assertFault("2.7", () -> transport.maxQueueSize(0));
        device.queue(0).max = 65536;
        assertFault("2.7", () -> transport.maxQueueSize(0));
        device.queue(0).max = -1;
        assertFault("2.7", () -> transport.maxQueueSize(0));
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.RING_PACKED));
        assertFault("2.8.10.1", () -> transport.maxQueueSize(0));
        device.queue(0).max = 100;
        transport.enableQueue(0, setup(99));
        assertThat(device.queue(0).size).isEqualTo(99);
    }

    @Test
    @Clause("4.2.2.2#10")
    void aQueueThatIsReadyByItselfIsAFaultAndNothingOfItIsTouched() {
        device.queue(0).ready = 1;
        assertFault("4.2.3.2", () -> transport.enableQueue(0, setup(64)));
    }

    @Test
    @Clause("4.2.2.2#11")
    void aQueueThatDoesNotBecomeReadyIsAFaultAndIsStopped() {
        device.readyAnswer = ready -> 0;
        assertFault("4.2.3.2", () -> transport.enableQueue(0, setup(64)));
        assertThat(device.queue(0).ready).isZero();
        assertThat(device.accesses).endsWith("w044", "r044", "w044", "r044");
    }

    @Test
    void aQueueIsEnabledOnce() {
        transport.enableQueue(0, setup(64));
        assertThatThrownBy(() -> transport.enableQueue(0, setup(64)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("enabled already");
    }

    @Test
    @Clause({"4.2.2.2#14", "4.2.2.2#15", "4.2.2.2#16", "2.6.1.1.2#1", "2.6.1.2.2#1"})
    void aQueueResetWaitsForBothRegistersAndTheQueueCanBeEnabledAgain() {
        transport.writeAcceptedFeatures(RESET);
        transport.enableQueue(0, setup(64));
        device.queueResetReads = 3;
        transport.resetQueue(0);
        assertThat(device.queue(0).reset).isZero();
        assertThat(device.queue(0).ready).isZero();
        QueueSetup other = new QueueSetup(128, 0x2_0000_1000L, 0x2_0000_2000L, 0x2_0000_3000L, 0);
        transport.enableQueue(0, other);
        assertThat(device.queue(0).size).isEqualTo(128);
        assertThat(device.queue(0).area(2)).isEqualTo(other.deviceArea());
        assertThat(device.queue(0).ready).isEqualTo(1);
    }

    @Test
    @Clause("4.2.2.2#14")
    void aResetThatTheDeviceOffersAndDoesNotDoIsNeverTakenForDone() {
        transport.writeAcceptedFeatures(RESET);
        transport.enableQueue(0, setup(64));
        device.resetsQueues = false;
        assertThatThrownBy(() -> transport.resetQueue(0))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("QueueReset reads 0 and QueueReady 1 (expected: 0 and 0)");
        assertThatThrownBy(() -> transport.enableQueue(0, setup(64)))
                .as("the device still has it")
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aQueueResetNeedsTheFeatureAndAnEnabledQueue() {
        assertThatThrownBy(() -> transport.resetQueue(0))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("RING_RESET was not accepted");
        transport.writeAcceptedFeatures(RESET);
        assertThatThrownBy(() -> transport.resetQueue(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 0 is not enabled");
    }

    @Test
    void afterADeviceResetQueuesCanBeEnabledAgain() {
        transport.enableQueue(0, setup(64));
        transport.writeStatus(0);
        assertThatCode(() -> transport.enableQueue(0, setup(256))).doesNotThrowAnyException();
    }

    @Test
    @Clause("4.2.2.2#3")
    void theConfigurationSpacePassesOneAccessOfOneWidthThrough() {
        var space = transport.configSpace();
        assertThat(space.length()).isEqualTo(64);
        space.writeInt(8, 0x1234_5678);
        space.writeShort(12, (short) 0xabcd);
        space.writeByte(14, (byte) 0x7f);
        assertThat(device.config[8]).isEqualTo((byte) 0x78);
        assertThat(space.readInt(8)).isEqualTo(0x1234_5678);
        assertThat(space.readShort(12)).isEqualTo((short) 0xabcd);
        assertThat(space.readByte(14)).isEqualTo((byte) 0x7f);
        device.generation = 0x1_0001;
        assertThat(space.generation()).isEqualTo(0x1_0001);
        assertThatThrownBy(() -> space.readInt(62)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> space.readInt(64)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aDoorbellSaysWhichQueueAndWithTheFeatureHowFar() {
        var plain = transport.enableQueue(2, setup(64)).doorbell();
        plain.ring(0x8005);
        transport.writeStatus(0);
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.NOTIFICATION_DATA));
        var wide = transport.enableQueue(2, setup(64)).doorbell();
        wide.ring(0x8005);
        assertThat(device.notifications).containsExactly(2, 0x8005_0002);
        transport.close();
        assertThatThrownBy(() -> wide.ring(0)).isInstanceOf(IllegalStateException.class);
        assertThat(device.notifications).hasSize(2);
    }

    @Test
    @Clause("2.4.2#1")
    void aResetIsWaitedForAndOneThatNeverComesIsAFault() {
        device.resetReadsLeft = 3;
        VirtioDevice.open(transport).close();
        assertThat(device.resetReadsLeft).isZero();
        ScriptedSlot stuck = ScriptedSlot.honest();
        stuck.device.resetReadsLeft = Integer.MAX_VALUE;
        assertThatThrownBy(() -> VirtioDevice.open(stuck.open()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("did not confirm a reset");
    }

    private static void assertFault(String clause, ThrowingCallable step) {
        assertThatThrownBy(step)
                .isInstanceOfSatisfying(
                        DeviceFaultException.class,
                        fault -> assertThat(fault.clause()).isEqualTo(clause));
    }

    static QueueSetup setup(int size) {
        return new QueueSetup(size, 0x1_0000_1000L, 0x1_0000_2000L, 0x1_0000_3000L, 0);
    }
}
