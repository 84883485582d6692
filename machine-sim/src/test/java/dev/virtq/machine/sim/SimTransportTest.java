package dev.virtq.machine.sim;

import static dev.virtq.device.DeviceStatus.ACKNOWLEDGE;
import static dev.virtq.device.DeviceStatus.DEVICE_NEEDS_RESET;
import static dev.virtq.device.DeviceStatus.DRIVER;
import static dev.virtq.device.DeviceStatus.DRIVER_OK;
import static dev.virtq.device.DeviceStatus.FEATURES_OK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetFeature;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import dev.virtq.testing.Clause;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a driver that goes step by step, or wrong, meets at the simulated device's registers. */
@Timeout(30)
class SimTransportTest {
    private static final FeatureSet ACCEPTED =
            FeatureSet.of(CommonFeature.VERSION_1, CommonFeature.RING_RESET);
    private static final int TRANSMIT = 1;

    private final SimMachine machine =
            SimMachine.builder()
                    .memory(8 << 20)
                    .queueSize(16)
                    .network((frame, replies) -> {})
                    .pretending(FeatureSet.of(NetFeature.CTRL_VQ))
                    .stepped()
                    .start();
    private final Transport transport = machine.transport(DeviceType.NETWORK);

    @AfterEach
    void close() {
        transport.close();
        machine.close();
    }

    @Test
    void theStatusReadsBackStepByStep() {
        assertThat(transport.readStatus()).isZero();
        for (var bit : List.of(ACKNOWLEDGE, DRIVER)) {
            add(bit.mask());
            assertThat(bit.in(transport.readStatus())).isTrue();
        }
        transport.writeAcceptedFeatures(ACCEPTED);
        add(FEATURES_OK.mask());
        add(DRIVER_OK.mask());
        assertThat(transport.readStatus()).isEqualTo(0x0f);
        transport.writeStatus(0);
        assertThat(transport.readStatus()).isZero();
    }

    @Test
    void featuresThatWereNotOfferedAreNotTaken() {
        assertFeaturesAreNotTaken(ACCEPTED.with(CommonFeature.SR_IOV));
    }

    @Test
    void featuresWithoutVersionOneAreNotTaken() {
        assertFeaturesAreNotTaken(FeatureSet.EMPTY);
    }

    @Test
    @Clause("3.1.1#9")
    void aDriverThatAcceptsWhatIsOnlyPretendedLearnsIt() {
        try (VirtioDevice device = VirtioDevice.open(transport)) {
            assertThatThrownBy(() -> device.negotiate(List.of(NetFeature.CTRL_VQ)))
                    .isInstanceOf(DeviceFaultException.class)
                    .hasMessageContaining("3.1.1#9");
        }
    }

    @Test
    void featuresAreSettledOnceTheyAreOk() {
        negotiate();
        transport.writeAcceptedFeatures(FeatureSet.EMPTY);
        assertFault("3.1.1#8");
    }

    @Test
    void clearingAStatusBitNeedsAReset() {
        negotiate();
        transport.writeStatus(ACKNOWLEDGE.mask());
        assertFault("2.1.1#2");
        assertThat(DRIVER.in(transport.readStatus())).as("it is still set").isTrue();
    }

    @Test
    void drivingWithoutFeaturesNeedsAReset() {
        add(ACKNOWLEDGE.mask() | DRIVER.mask());
        add(DRIVER_OK.mask());
        assertFault("3.1.1#1");
        assertThat(DRIVER_OK.in(transport.readStatus())).isFalse();
    }

    @Test
    void theConfigurationIsReadOnly() {
        negotiate();
        int before = transport.configSpace().readInt(0);
        transport.configSpace().writeInt(0, 0);
        assertThat(transport.configSpace().readInt(0)).isEqualTo(before);
        assertFault("5.1.4.2#1");
    }

    @Test
    void aFaultIsAnnouncedToALiveDriver() {
        negotiate();
        add(DRIVER_OK.mask());
        assertThat(transport.configInterrupt().poll()).isFalse();
        transport.configSpace().writeByte(0, (byte) 0);
        assertThat(transport.configInterrupt().poll()).isTrue();
        transport.writeStatus(0);
        assertThat(transport.configInterrupt().poll()).isFalse();
    }

    @Test
    void aQueueBeforeFeaturesIsRefused() {
        DriverRing ring = ring(16);
        assertThatThrownBy(() -> transport.enableQueue(0, ring.setup()))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("before FEATURES_OK");
        assertFault("3.1.1#1");
    }

    @Test
    void aQueueThatIsTooLargeIsRefused() {
        negotiate();
        assertThat(transport.maxQueueSize(0)).isEqualTo(16);
        assertThatThrownBy(() -> transport.enableQueue(0, ring(32).setup()))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("32 entries (expected: at most 16)");
        assertFault("2.6");
    }

    @Test
    void aQueueWhoseSizeTheFormatDoesNotAllowIsRefused() {
        negotiate();
        QueueSetup good = ring(16).setup();
        QueueSetup odd =
                new QueueSetup(12, good.descriptorArea(), good.driverArea(), good.deviceArea(), 0);
        assertThatThrownBy(() -> transport.enableQueue(0, odd))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("split queue of 12 entries");
    }

    @Test
    void aQueueOutsideMemoryIsRefused() {
        negotiate();
        assertThatThrownBy(() -> transport.enableQueue(0, new QueueSetup(16, 0, 0x1000, 0x2000, 0)))
                .isInstanceOf(DriverFaultException.class);
        assertThat(DEVICE_NEEDS_RESET.in(transport.readStatus())).isTrue();
    }

    @Test
    void aQueueThatDoesNotExistIsRefused() {
        negotiate();
        assertThat(transport.maxQueueSize(2)).isZero();
        assertThat(transport.maxQueueSize(-1)).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transport.enableQueue(2, ring(16).setup()))
                .withMessage("queue 2 does not exist: the device has 2 (expected: 0..1)");
    }

    @Test
    void nothingIsUsedBeforeDriverOk() {
        negotiate();
        DriverRing ring = ring(16);
        QueueConnection connection = transport.enableQueue(TRANSMIT, ring.setup());
        publish(ring);
        connection.doorbell().ring(ring.nextAvailable());
        assertThat(machine.stepAll()).isZero();

        add(DRIVER_OK.mask());

        assertThat(machine.stepAll()).isEqualTo(1);
        assertThat(ring.poll()).isNotEqualTo(DriverRing.NOTHING);
    }

    @Test
    void theDriverIsInterruptedOnlyWhenItWantsToBe() {
        negotiate();
        DriverRing ring = ring(16);
        QueueConnection connection = transport.enableQueue(TRANSMIT, ring.setup());
        add(DRIVER_OK.mask());

        ring.disableNotifications();
        publish(ring);
        connection.doorbell().ring(ring.nextAvailable());
        machine.stepAll();
        assertThat(connection.interrupt().poll()).isFalse();

        assertThat(ring.enableNotifications()).as("something was used").isTrue();
        ring.poll();
        assertThat(ring.enableNotifications()).isFalse();
        publish(ring);
        connection.doorbell().ring(ring.nextAvailable());
        machine.stepAll();
        assertThat(connection.interrupt().poll()).isTrue();
        assertThat(connection.interrupt().poll()).as("it was noted").isFalse();
    }

    @Test
    void theDeviceWantsToBeNotifiedOnlyWhenItSleeps() {
        negotiate();
        DriverRing ring = ring(16);
        QueueConnection connection = transport.enableQueue(TRANSMIT, ring.setup());
        add(DRIVER_OK.mask());

        publish(ring);
        assertThat(ring.deviceWantsNotification()).isTrue();
        connection.doorbell().ring(ring.nextAvailable());
        machine.step();
        publish(ring);
        assertThat(ring.deviceWantsNotification()).as("it is at work").isFalse();
        assertThat(machine.stepAll()).as("it looks again before it sleeps").isEqualTo(1);
        publish(ring);
        assertThat(ring.deviceWantsNotification()).as("it sleeps").isTrue();
    }

    @Test
    void anIndexThatJumpsNeedsAReset() {
        negotiate();
        DriverRing ring = ring(16);
        QueueConnection connection = transport.enableQueue(TRANSMIT, ring.setup());
        add(DRIVER_OK.mask());
        machine.memory().at(ring.setup().driverArea() + 2, 2).orElseThrow().fill((byte) 0x7f);
        connection.doorbell().ring(0);
        assertThat(machine.stepAll()).isZero();
        assertFault("2.7.6");
        assertThat(transport.configInterrupt().poll()).isTrue();
    }

    @Test
    void aQueueThatWasResetCanBeEnabledAgain() {
        negotiate();
        DriverRing ring = ring(16);
        QueueConnection first = transport.enableQueue(TRANSMIT, ring.setup());
        add(DRIVER_OK.mask());
        assertThatThrownBy(() -> transport.enableQueue(TRANSMIT, ring.setup()))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("enabled already");
        transport.writeStatus(0);
        negotiate();
        transport.enableQueue(TRANSMIT, ring.setup());
        add(DRIVER_OK.mask());

        publish(ring);
        transport.resetQueue(TRANSMIT);
        first.doorbell().ring(ring.nextAvailable()); // for a queue that is not there: ignored
        assertThat(machine.stepAll()).as("what was made available is not used").isZero();

        DriverRing other = ring(8);
        QueueConnection second = transport.enableQueue(TRANSMIT, other.setup());
        publish(other);
        second.doorbell().ring(other.nextAvailable());
        assertThat(machine.stepAll()).isEqualTo(1);
    }

    @Test
    void withoutTheFeatureAQueueCannotBeReset() {
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.VERSION_1));
        add(FEATURES_OK.mask());
        transport.enableQueue(TRANSMIT, ring(16).setup());
        assertThatThrownBy(() -> transport.resetQueue(TRANSMIT))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("RING_RESET was not accepted");
    }

    private void assertFeaturesAreNotTaken(FeatureSet features) {
        add(ACKNOWLEDGE.mask() | DRIVER.mask());
        transport.writeAcceptedFeatures(features);
        add(FEATURES_OK.mask());
        assertThat(FEATURES_OK.in(transport.readStatus())).isFalse();
    }

    private void assertFault(String clause) {
        assertThat(DEVICE_NEEDS_RESET.in(transport.readStatus())).isTrue();
        assertThat(machine.details().get("last driver fault")).contains("virtio 1.4, " + clause);
    }

    private void negotiate() {
        add(ACKNOWLEDGE.mask() | DRIVER.mask());
        transport.writeAcceptedFeatures(ACCEPTED);
        add(FEATURES_OK.mask());
        assertThat(FEATURES_OK.in(transport.readStatus())).isTrue();
    }

    private void add(int bits) {
        transport.writeStatus(transport.readStatus() | bits);
    }

    private DriverRing ring(int size) {
        RingFormat format = ServiceLoader.load(RingFormat.class).findFirst().orElseThrow();
        return format.createDriverEnd(
                new RingRequest(TRANSMIT, size, ACCEPTED, machine.memory(), IndirectUse.NEVER));
    }

    /** Makes a frame of zeros with its header available. */
    private void publish(DriverRing ring) {
        DmaBuffer buffer = machine.memory().allocate(100);
        ring.stage(ring.reserve(new Chain(List.of(buffer.extents()), 1)));
        ring.publish();
    }
}
