package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Features, status, and setting queues up and resetting them. */
class SetUpTest {
    private static final FeatureSet RESET = FeatureSet.of(CommonFeature.RING_RESET);

    private final ScriptedFunction function = ScriptedFunction.honest();
    private final ScriptedVirtio device = function.device;
    private final VirtioPciTransport transport =
            VirtioPciTransport.open(function, Duration.ofMillis(20));

    @Test
    @Clause({"4.1.3.1#1", "4.1.4.3.1#3"})
    void allFourWordsOfFeaturesAreRead() {
        device.offered[0] = 0x8000_0001;
        device.offered[2] = 4;
        device.offered[3] = 0x8000_0000;
        FeatureSet offered = transport.readOfferedFeatures();
        assertThat(offered.bits()).containsExactly(0, 31, 32, 66, 127);
    }

    @Test
    void acceptedFeaturesReachTheDevice() {
        transport.writeAcceptedFeatures(FeatureSet.EMPTY.withBit(5).withBit(32).withBit(127));
        assertThat(device.accepted).containsExactly(1 << 5, 1, 0, 0x8000_0000);
    }

    @Test
    void theStatusIsAByteOfTheDevice() {
        transport.writeStatus(3);
        assertThat(transport.readStatus()).isEqualTo(3);
        assertThatThrownBy(() -> transport.writeStatus(0x100))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Clause({"4.1.3.1#1", "4.1.3.1#2", "4.1.4.3.2#4"})
    void aQueueIsEnabledWhenEverythingElseHasBeenSaid() {
        transport.enableQueue(1, setup(64));
        ScriptedQueue queue = device.queue(1);
        assertThat(queue.size).isEqualTo(64);
        assertThat(queue.address(0)).isEqualTo(0x1_0000_1000L);
        assertThat(queue.address(1)).isEqualTo(0x1_0000_2000L);
        assertThat(queue.address(2)).isEqualTo(0x1_0000_3000L);
        assertThat(queue.enable).isEqualTo(1);
        assertThat(device.queue(0).enable).isZero();
    }

    @Test
    void theLargestSizeIsRememberedWhileASmallerOneIsSet() {
        transport.enableQueue(1, setup(64));
        assertThat(transport.maxQueueSize(1)).isEqualTo(256);
        transport.writeStatus(0);
        device.queue(1).size = 128;
        assertThat(transport.maxQueueSize(1)).isEqualTo(128);
    }

    @Test
    void aQueueThatDoesNotExistHasSizeZeroAndIsNotAskedFor() {
        assertThat(transport.maxQueueSize(3)).isZero();
        assertThat(transport.maxQueueSize(65536)).isZero();
        assertThatThrownBy(() -> transport.maxQueueSize(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> transport.enableQueue(3, setup(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no queue 3");
    }

    @Test
    @Clause("4.1.4.3.1#14")
    void aQueueOfSizeZeroIsUnavailable() {
        device.queue(1).size = 0;
        assertThat(transport.maxQueueSize(1)).isZero();
        assertThatThrownBy(() -> transport.enableQueue(1, setup(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no queue 1");
    }

    @Test
    @Breach("4.1.4.3.1#15")
    void aSizeThatIsNoPowerOfTwoIsAFaultWithoutPackedRings() {
        device.queue(0).size = 100;
        assertFault("4.1.4.3.1#15", () -> transport.maxQueueSize(0));
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.RING_PACKED));
        assertThat(transport.maxQueueSize(0)).isEqualTo(100);
        transport.enableQueue(0, setup(99));
        assertThat(device.queue(0).size).isEqualTo(99);
    }

    @Test
    void aSizeAbove32768IsAFault() {
        device.queue(0).size = 65535;
        assertFault("2.7", () -> transport.maxQueueSize(0));
    }

    @Test
    @Clause("4.1.4.3.2#3")
    void theDriverAsksForNoSizeThatTheRulesForbid() {
        assertThatThrownBy(() -> transport.enableQueue(0, setup(100)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a power of 2");
        assertThatThrownBy(() -> transport.enableQueue(0, setup(512)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 256");
        assertThat(device.queue(0).size).isEqualTo(256);
    }

    @Test
    @Clause("4.1.4.3.2#2")
    void noSizeOfZeroIsWrittenWithPackedRings() {
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.RING_PACKED));
        device.queue(1).size = 0; // the device has no such queue
        assertThatThrownBy(() -> transport.enableQueue(1, setup(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> transport.enableQueue(0, setup(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue size 0");
        transport.enableQueue(0, setup(1));
        assertThat(device.sizesWritten).containsExactly(1);
    }

    @Test
    void aDeviceThatKeepsAnotherSizeIsAtFault() {
        device.sizeAnswer = _ -> 256;
        assertThatThrownBy(() -> transport.enableQueue(0, setup(64)))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("queue_size reads 256 (expected: 64");
        assertThat(device.queue(0).enable).isZero();
    }

    @Test
    @Breach("4.1.4.3.1#8")
    void aQueueThatIsEnabledByItselfIsAFault() {
        device.queue(0).enable = 1;
        assertFault("4.1.4.3.1#8", () -> transport.enableQueue(0, setup(64)));
    }

    @Test
    void aQueueThatDoesNotBecomeEnabledIsAFaultAndIsNotSetUpAgainBeforeAReset() {
        device.enableAnswer = _ -> 0;
        assertFault("4.1.4.3", () -> transport.enableQueue(0, setup(64)));
        device.enableAnswer = value -> value;
        assertThatThrownBy(() -> transport.enableQueue(0, setup(64)))
                .as("the device may have it all the same")
                .isInstanceOf(IllegalStateException.class);
        transport.writeStatus(0);
        transport.enableQueue(0, setup(64));
        assertThat(device.queue(0).enable).isEqualTo(1);
    }

    @Test
    void aQueueIsEnabledOnce() {
        transport.enableQueue(0, setup(64));
        assertThatThrownBy(() -> transport.enableQueue(0, setup(64)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(device.queue(0).generation).isEqualTo(1);
    }

    @Test
    @Clause({"4.1.4.3.2#7", "4.1.4.3.2#8", "4.1.4.3.2#9", "2.6.1.1.2#1", "2.6.1.2.2#1"})
    void aQueueResetWaitsForTheDeviceAndTheQueueCanBeEnabledAgain() {
        transport.writeAcceptedFeatures(RESET);
        transport.enableQueue(0, setup(64));
        device.queueResetReads = 3;
        transport.resetQueue(0);
        assertThat(device.queue(0).reset).isZero();
        QueueSetup other = new QueueSetup(128, 0x2_0000_1000L, 0x2_0000_2000L, 0x2_0000_3000L, 0);
        transport.enableQueue(0, other);
        assertThat(device.queue(0).size).isEqualTo(128);
        assertThat(device.queue(0).address(0)).isEqualTo(other.descriptorArea());
        assertThat(device.queue(0).address(1)).isEqualTo(other.driverArea());
        assertThat(device.queue(0).address(2)).isEqualTo(other.deviceArea());
        assertThat(device.queue(0).enable).isEqualTo(1);
        assertThat(device.queue(0).generation).isEqualTo(2);
    }

    @Test
    @Clause({"4.1.4.3.2#7", "2.6.1.1.2#1"})
    void aQueueResetThatIsNeverConfirmedTimesOut() {
        transport.writeAcceptedFeatures(RESET);
        transport.enableQueue(0, setup(64));
        device.confirmsQueueReset = false;
        assertThatThrownBy(() -> transport.resetQueue(0))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("reset of queue 0 within 20 ms");
        assertThatThrownBy(() -> transport.enableQueue(0, setup(64)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @Breach("4.1.4.3.1#13")
    void aQueueResetThatLiesIsAFault() {
        transport.writeAcceptedFeatures(RESET);
        transport.enableQueue(0, setup(64));
        device.disablesAfterQueueReset = false;
        assertFault("4.1.4.3.1#13", () -> transport.resetQueue(0));
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
        assertThatThrownBy(() -> transport.resetQueue(-1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void afterADeviceResetQueuesCanBeEnabledAgain() {
        transport.enableQueue(0, setup(64));
        transport.writeStatus(0);
        assertThatCode(() -> transport.enableQueue(0, setup(256))).doesNotThrowAnyException();
    }

    @Test
    @Clause({"4.1.3.1#1", "4.1.4.3.1#6"})
    void theConfigurationSpacePassesOneAccessOfOneWidthThrough() {
        var space = transport.configSpace();
        assertThat(space.length()).isEqualTo(64);
        space.writeInt(8, 0x1234_5678);
        space.writeShort(12, (short) 0xabcd);
        space.writeByte(14, (byte) 0x7f);
        assertThat(device.deviceConfig[8]).isEqualTo((byte) 0x78);
        assertThat(space.readInt(8)).isEqualTo(0x1234_5678);
        assertThat(space.readShort(12)).isEqualTo((short) 0xabcd);
        assertThat(space.readByte(14)).isEqualTo((byte) 0x7f);
        device.generation = 255;
        assertThat(space.generation()).isEqualTo(255);
        assertThatThrownBy(() -> space.readInt(62)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @Clause("2.5.1#1")
    void aConfigurationThatNeverHoldsStillIsAFaultAndNotAnEndlessLoop() {
        try (VirtioDevice opened = VirtioDevice.open(transport)) {
            device.deviceConfig[4] = 1;
            device.generationSteps = 2; // changes twice, then holds still
            assertThat(opened.config().u64(0)).isEqualTo(1L << 32);
            device.generationSteps = Integer.MAX_VALUE;
            assertFault("2.5", () -> opened.config().u64(0));
        }
    }

    @Test
    @Clause({"4.1.4.3.2#5", "2.4.2#1"})
    void aResetIsWaitedForAndOneThatNeverComesIsAFault() {
        device.resetReadsLeft = 3;
        VirtioDevice.open(transport).close();
        assertThat(device.resetReadsLeft).isZero();

        ScriptedFunction stuck = ScriptedFunction.honest();
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
