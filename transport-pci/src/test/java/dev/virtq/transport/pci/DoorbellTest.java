package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;

/** What a notification carries, and where it goes. */
class DoorbellTest {
    private static final int NEXT = 0x8000 | 77; // with the wrap counter, or the index's top bit

    private final ScriptedFunction function = ScriptedFunction.honest();
    private final ScriptedVirtio device = function.device;

    @Test
    @Clause({"4.1.5.2.1#1", "4.1.5.2.1#3"})
    void aPlainNotificationIsTheIndexOfTheQueueIn16Bits() {
        assertThat(ring(2, FeatureSet.EMPTY)).isEqualTo(new ScriptedVirtio.Doorbell(8, 2, 2, true));
    }

    @Test
    @Clause({"4.1.5.2.1#2", "4.1.5.2.1#4"})
    void withNotificationDataItHas32BitsAndSaysWhereTheNextEntryIs() {
        assertThat(ring(2, FeatureSet.of(CommonFeature.NOTIFICATION_DATA)))
                .isEqualTo(new ScriptedVirtio.Doorbell(8, 4, NEXT << 16 | 2, true));
    }

    @Test
    @Clause("4.1.5.2.1#5")
    void withNotifConfigDataItCarriesWhatTheDeviceWants() {
        assertThat(ring(2, FeatureSet.of(CommonFeature.NOTIF_CONFIG_DATA)))
                .isEqualTo(new ScriptedVirtio.Doorbell(8, 2, 0x102, true));
    }

    @Test
    @Clause("4.1.5.2.1#6")
    void withBothItCarriesBoth() {
        FeatureSet both =
                FeatureSet.of(CommonFeature.NOTIFICATION_DATA, CommonFeature.NOTIF_CONFIG_DATA);
        device.queue(2).notifConfigData = 0xffff;
        assertThat(ring(2, both))
                .isEqualTo(new ScriptedVirtio.Doorbell(8, 4, NEXT << 16 | 0xffff, true));
    }

    @Test
    void aMultiplierOfZeroMeansOneAddressForAllQueues() {
        ScriptedFunction shared = ScriptedFunction.bare();
        shared.config.appendVirtio(1, 4, 0, 0, 0x40);
        shared.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        shared.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY + 0x10, 2, 0);
        VirtioPciTransport transport = shared.open();
        transport.enableQueue(0, SetUpTest.setup(64)).doorbell().ring(0);
        transport.enableQueue(2, SetUpTest.setup(64)).doorbell().ring(0);
        assertThat(shared.device.doorbells)
                .containsExactly(
                        new ScriptedVirtio.Doorbell(0x10, 2, 0, true),
                        new ScriptedVirtio.Doorbell(0x10, 2, 2, true));
    }

    @Test
    @Breach("4.1.4.4.1#5")
    void anAddressOutsideTheStructureIsAFaultAndTheQueueIsNotEnabled() {
        VirtioPciTransport transport = function.open();
        for (int notifyOff : new int[] {0x400, 0xffff}) {
            device.queue(0).notifyOff = notifyOff;
            assertThatThrownBy(() -> transport.enableQueue(0, SetUpTest.setup(64)))
                    .isInstanceOfSatisfying(
                            DeviceFaultException.class,
                            fault -> assertThat(fault.clause()).isEqualTo("4.1.4.4.1#5"))
                    .hasMessageContaining(
                            "queue_notify_off %d x multiplier 4".formatted(notifyOff));
        }
        assertThat(device.queue(0).enable).isZero();
        device.queue(0).notifyOff = 0x3ff; // the last one that fits
        transport.enableQueue(0, SetUpTest.setup(64)).doorbell().ring(0);
        assertThat(device.doorbells.getLast().offset()).isEqualTo(0xffc);
    }

    @Test
    @Breach("4.1.4.4.1#9")
    void aWideNotificationNeedsItsFourBytes() {
        ScriptedFunction narrow = ScriptedFunction.bare();
        narrow.config.appendVirtio(1, 4, 0, 0, 0x40);
        narrow.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        narrow.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 10, 4);
        VirtioPciTransport transport = narrow.open();
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.NOTIFICATION_DATA));
        transport.enableQueue(1, SetUpTest.setup(64));
        assertThatThrownBy(() -> transport.enableQueue(2, SetUpTest.setup(64)))
                .isInstanceOfSatisfying(
                        DeviceFaultException.class,
                        fault -> assertThat(fault.clause()).isEqualTo("4.1.4.4.1#9"));
    }

    @Test
    void aDoorbellOfAClosedTransportIsSilent() {
        VirtioPciTransport transport = function.open();
        var doorbell = transport.enableQueue(0, SetUpTest.setup(64)).doorbell();
        transport.close();
        assertThatThrownBy(() -> doorbell.ring(0)).isInstanceOf(IllegalStateException.class);
        assertThat(device.doorbells).isEmpty();
    }

    private ScriptedVirtio.Doorbell ring(int queue, FeatureSet accepted) {
        VirtioPciTransport transport = function.open();
        transport.writeAcceptedFeatures(accepted);
        transport.enableQueue(queue, SetUpTest.setup(64)).doorbell().ring(NEXT);
        return device.doorbells.getLast();
    }
}
