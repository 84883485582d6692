package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.TransferReturnedException;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetFeature;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.Extent;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Features of the device as a whole, between a real driver end and the simulated device. */
@Timeout(30)
class DeviceFeaturesTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int STATUS = 6;

    private static final FeatureSet OF_THE_TRANSPORT =
            FeatureSet.of(
                    CommonFeature.ACCESS_PLATFORM,
                    CommonFeature.ORDER_PLATFORM,
                    CommonFeature.NOTIFICATION_DATA,
                    CommonFeature.NOTIF_CONFIG_DATA,
                    CommonFeature.RING_RESET,
                    CommonFeature.SUSPEND);

    /** Keeps the reset of a queue to itself, and goes on. */
    private boolean confirms = true;

    private final SimMachine machine =
            SimMachine.builder()
                    .memory(8 << 20)
                    .queueSize(16)
                    .network((frame, replies) -> {})
                    .mischief(
                            new Mischief() {
                                @Override
                                public boolean confirmsQueueReset(int queue) {
                                    return confirms;
                                }
                            })
                    .stepped()
                    .start();
    private final Transport transport = machine.transport(DeviceType.NETWORK);
    private final VirtioDevice device = VirtioDevice.open(transport);

    @AfterEach
    void close() {
        device.close();
        machine.close();
    }

    private void start(FeatureSet refused) {
        device.negotiate(List.of(NetFeature.values()), refused);
        device.queue(RECEIVE);
        device.queue(TRANSMIT);
        device.start();
    }

    private void start() {
        start(FeatureSet.EMPTY);
    }

    private TransferToken frame() {
        return device.queue(TRANSMIT).prepare(BufferList.send(machine.memory().allocate(100)));
    }

    private TransferToken receiver() {
        return device.queue(RECEIVE)
                .prepare(BufferList.receiveOnly(machine.memory().allocate(1600)));
    }

    /** A split queue without a driver end behind it: its doorbell can be rung with anything. */
    private QueueConnection enableBare(int queue) {
        DmaBuffer ring = machine.memory().allocateContiguous(1024, 4096);
        long address = ring.extents().getFirst().address();
        return transport.enableQueue(
                queue, new QueueSetup(16, address, address + 256, address + 512, 0));
    }

    private static void flush(TransferToken token) {
        token.submit();
        token.queue().flush();
    }

    private void assertFault(String clause) {
        assertThat(DeviceStatus.DEVICE_NEEDS_RESET.in(transport.readStatus())).isTrue();
        assertThat(machine.details().get("last driver fault")).contains("virtio 1.4, " + clause);
    }

    private void assertNoFault() {
        assertThat(machine.details()).doesNotContainKey("last driver fault");
    }

    /** ORDER_PLATFORM and ACCESS_PLATFORM are served here; the transport's Javadoc says how. */
    @Test
    @Clause({"6.1#1", "6.1#3", "6.1#6", "6.1#12"})
    void whatTheTransportServesIsAccepted() {
        start();
        assertThat(device.acceptedFeatures().containsAll(OF_THE_TRANSPORT)).isTrue();
        flush(frame());
        assertThat(machine.stepAll()).isEqualTo(1);
        assertNoFault();
    }

    @Test
    @Breach("6.1#4")
    void anAddressOutsideTheMemoryOfTheMachineIsAFault() {
        start();
        TransferToken token =
                device.queue(TRANSMIT).prepareUnchecked(List.of(new Extent(0, 100)), List.of());
        flush(token);
        machine.stepAll();
        assertFault("2.7.5");
    }

    // ---- VIRTIO_F_RING_RESET, section 2.6.1

    @Test
    @Clause({"2.6.1.1.2#1", "2.6.1.2.2#1", "2.6.1.1.1#1", "2.6.1.2.1#1"})
    void aQueueIsResetWhileTheOtherRuns() throws InterruptedException {
        start();
        Virtqueue transmit = device.queue(TRANSMIT);
        TransferToken receiver = receiver();
        flush(receiver);
        TransferToken token = frame();
        Transfer lost = token.send();
        transmit.flush();

        device.resetQueue(TRANSMIT);

        assertThat(machine.stepAll()).as("it executes nothing from the queue").isZero();
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        assertThatThrownBy(() -> lost.await(SOON)).isInstanceOf(TransferReturnedException.class);
        machine.deliver(MemorySegment.ofArray(new byte[60]));
        assertThat(machine.stepAll()).as("the other queue runs").isEqualTo(1);
        assertThat(device.queue(RECEIVE).poll()).isSameAs(receiver);

        Transfer early = token.send();
        transmit.flush();
        assertThat(machine.stepAll()).as("it is not enabled yet").isZero();
        assertThat(device.queue(TRANSMIT)).isSameAs(transmit);
        assertThat(machine.stepAll()).as("it was told of what was flushed before").isEqualTo(1);
        assertThat(early.poll()).isTrue();
        for (int i = 0; i < 100; i++) {
            Transfer again = token.send();
            transmit.flush();
            assertThat(machine.stepAll()).isEqualTo(1);
            assertThat(again.poll()).isTrue();
        }
        assertNoFault();
    }

    @Test
    void manyResetsLoseNothing() {
        start();
        Virtqueue transmit = device.queue(TRANSMIT);
        List<TransferToken> tokens = List.of(frame(), frame(), frame());
        for (int round = 0; round < 50; round++) {
            tokens.forEach(TransferToken::submit);
            transmit.flush();
            for (int i = 0; i < round % 4; i++) {
                machine.step();
            }
            device.resetQueue(TRANSMIT);
            int used = 0;
            while (transmit.poll() != null) {
                used++;
            }
            assertThat(used).isEqualTo(round % 4);
            assertThat(transmit.takeReturned()).hasSize(3 - used);
            device.queue(TRANSMIT);
        }
        assertThat(transmit.room()).isEqualTo(13);
        assertNoFault();
    }

    @Test
    @Clause("2.6.1.1.2#1")
    void aDeviceThatNeverConfirmsKeepsTheQueueAndItsMemory() {
        start();
        confirms = false;
        Virtqueue transmit = device.queue(TRANSMIT);
        long free = machine.memory().available();
        TransferToken token = frame();
        flush(token);
        assertThatThrownBy(() -> device.resetQueue(TRANSMIT))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("queue 1 is out of use until VirtioDevice.reset()")
                .hasMessageContaining("within 200 ms");
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> token.sending(0).setInt(0, 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> device.queue(TRANSMIT)).isInstanceOf(DeviceFaultException.class);
        token.close();
        assertThat(machine.memory().available()).isLessThan(free);
        assertThat(machine.stepAll()).as("it goes on using the queue").isEqualTo(1);

        device.reset();
        assertThat(machine.memory().available()).isEqualTo(free);
        confirms = true;
        start();
        flush(frame());
        assertThat(machine.stepAll()).isEqualTo(1);
        assertThat(transmit.poll()).isNotNull();
    }

    // ---- VIRTIO_F_NOTIFICATION_DATA and VIRTIO_F_NOTIF_CONFIG_DATA, section 2.9

    @Test
    @Clause({"2.8.16#3", "2.8.16#4"})
    void everyNotificationOfARealDriverSaysWhatTheDeviceExpects() {
        for (FeatureSet without :
                List.of(
                        FeatureSet.EMPTY,
                        FeatureSet.of(CommonFeature.NOTIFICATION_DATA),
                        FeatureSet.of(CommonFeature.NOTIF_CONFIG_DATA),
                        FeatureSet.of(
                                CommonFeature.NOTIF_CONFIG_DATA,
                                CommonFeature.NOTIFICATION_DATA))) {
            start(without.with(CommonFeature.EVENT_IDX));
            assertThat(device.has(CommonFeature.RING_PACKED)).isTrue();
            TransferToken token = frame();
            Virtqueue transmit = device.queue(TRANSMIT);
            for (int i = 0; i < (1 << 16) + 100; i++) { // past the wrap of the index
                token.submit();
                transmit.publish();
                transmit.notifyDevice();
                transmit.notifyDevice(); // twice is allowed, and says the same
                machine.stepAll();
                assertThat(transmit.poll()).isSameAs(token);
            }
            assertNoFault();
            token.close();
            device.reset();
        }
    }

    @Test
    void aNotificationOfAWrongPlaceIsAFault() {
        start(FeatureSet.of(CommonFeature.RING_PACKED));
        device.resetQueue(RECEIVE);
        // The bare doorbell of a queue that the test enables itself.
        QueueConnection connection = enableBare(RECEIVE);
        connection.doorbell().ring(0);
        assertNoFault();
        connection.doorbell().ring(1 << 15); // the top bit of an index that is 0
        assertFault("2.9");
    }

    // ---- VIRTIO_F_SUSPEND, section 3.4

    @Test
    @Clause({"3.4.1#2", "3.4.1#6", "3.4.2#6", "3.4.2#7", "3.4.2#9"})
    void aSuspendedDeviceConsumesNothingAndGoesOnWhereItWas() {
        start();
        Virtqueue transmit = device.queue(TRANSMIT);
        TransferToken first = frame();
        TransferToken second = frame();
        first.submit();
        second.submit();
        transmit.flush();
        assertThat(machine.step()).isTrue();

        device.suspend(SOON);

        assertThat(machine.stepAll()).isZero();
        assertThat(transmit.poll()).as("used before").isSameAs(first);
        assertThat(transmit.poll()).isNull();
        assertThat(second.state()).isEqualTo(TransferState.IN_FLIGHT);
        device.resume(SOON);
        assertThat(machine.stepAll()).isEqualTo(1);
        assertThat(transmit.poll()).isSameAs(second);
        assertNoFault();
    }

    @Test
    @Clause({"3.4.2#10", "3.4.2#11"})
    void whatWasUsedIsToldBeforeTheDeviceIsSuspended() {
        SimMachine batching =
                SimMachine.builder().device(SimDevice.echo().inBatchesOf(4)).stepped().start();
        try (VirtioDevice echo = VirtioDevice.open(batching.transport(SimDevice.ECHO))) {
            echo.negotiate(List.of());
            Virtqueue queue = echo.queue(0);
            echo.start();
            for (int i = 0; i < 2; i++) {
                queue.prepare(
                                BufferList.send(echo.memory().allocate(8))
                                        .receive(echo.memory().allocate(8)))
                        .submit();
            }
            queue.flush();
            assertThat(batching.step()).isTrue();
            assertThat(batching.step()).isTrue();
            assertThat(queue.poll()).as("its batch is not full").isNull();
            echo.suspend(SOON);
            assertThat(queue.poll()).isNotNull();
            assertThat(queue.poll()).isNotNull();
            echo.resume(SOON);
        } finally {
            batching.close();
        }
    }

    @Test
    void aChangeOfTheConfigurationIsSeenAndAnnouncedAfterTheSuspension() {
        start();
        assertThat(device.config().u16(STATUS)).isEqualTo(1);
        machine.setLinkUp(false);
        assertThat(device.config().u16(STATUS)).isZero();
        assertThat(device.configurationChanges()).isEqualTo(1);
        device.suspend(SOON);
        machine.setLinkUp(true);
        assertThat(device.config().u16(STATUS)).isZero();
        assertThat(device.configurationChanges()).isEqualTo(1);
        device.resume(SOON);
        assertThat(device.config().u16(STATUS)).isEqualTo(1);
        assertThat(device.configurationChanges()).isEqualTo(2);
    }

    @Test
    void aResetEndsASuspensionAndKeepsWhatChangedMeanwhile() {
        start();
        device.suspend(SOON);
        machine.setLinkUp(false);
        device.reset();
        assertThat(device.config().u16(STATUS)).isZero();
        start();
        flush(frame());
        assertThat(machine.stepAll()).isEqualTo(1);
        assertNoFault();
    }

    @Test
    @Clause("3.4.2#1")
    void theBitIsIgnoredWhenItIsNotTheTimeForIt() {
        transport.writeStatus(transport.readStatus() | DeviceStatus.SUSPEND.mask());
        assertThat(DeviceStatus.SUSPEND.in(transport.readStatus())).as("not started").isFalse();
        start(FeatureSet.of(CommonFeature.SUSPEND));
        assertThatThrownBy(() -> device.suspend(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("SUSPEND was not accepted");
        transport.writeStatus(transport.readStatus() | DeviceStatus.SUSPEND.mask());
        assertThat(transport.readStatus()).as("not negotiated").isEqualTo(0x0f);
        assertNoFault();
    }

    @Test
    @Breach("3.4.1#4")
    void aNotificationOfASuspendedDeviceIsAFault() {
        device.negotiate(List.of(), FeatureSet.of(CommonFeature.RING_PACKED));
        QueueConnection connection = enableBare(RECEIVE);
        device.start();
        device.suspend(SOON);
        connection.doorbell().ring(0);
        assertFault("3.4.1#4");
        assertThatThrownBy(() -> device.resume(SOON))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("the device failed to resume");
    }

    @Test
    void aTimeoutOfZeroLooksOnce() {
        start();
        device.suspend(Duration.ZERO); // this device confirms at once
        device.resume(Duration.ZERO);
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
    }
}
