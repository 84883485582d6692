package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * After a reset the features are settled anew, and the rings are those from before (section 2.2):
 * what is accepted is what they were made for, as long as the device offers that.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RenegotiationTest {
    private static final FeatureSet BARE = FeatureSet.of(CommonFeature.VERSION_1);
    private static final FeatureSet WITH_EVENT_IDX = BARE.with(CommonFeature.EVENT_IDX);
    private static final FeatureSet EVERYTHING = new FeatureSet(-1, -1);

    private enum ToyFeature implements Feature {
        TOY;

        @Override
        public int bit() {
            return 3;
        }
    }

    private final FakeTransport transport = new FakeTransport();

    @Test
    @Clause({"2.2.1#1", "2.2.1#5"})
    void moreThanTheRingsWereMadeForIsNotAccepted() {
        VirtioDevice device = transport.running();
        transport.offered = EVERYTHING;
        device.reset();
        assertThat(device.negotiate(List.of())).isEqualTo(WITH_EVENT_IDX);
        device.queue(0);
        device.queue(1);
        device.start();
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
        assertThat(device.offeredFeatures()).isEqualTo(EVERYTHING);
    }

    /** Features of the device and of the way to it are no matter of the rings. */
    @Test
    void whatTheRingsDoNotDependOnMayComeAndGo() {
        transport.served = FeatureSet.of(CommonFeature.RING_RESET, CommonFeature.SUSPEND);
        transport.offered = WITH_EVENT_IDX.with(CommonFeature.RING_RESET);
        VirtioDevice device = transport.running();
        transport.offered = WITH_EVENT_IDX.with(CommonFeature.SUSPEND).with(ToyFeature.TOY);
        device.reset();
        assertThat(device.negotiate(List.of(ToyFeature.values())))
                .isEqualTo(WITH_EVENT_IDX.with(CommonFeature.SUSPEND).with(ToyFeature.TOY));
    }

    @Test
    @Clause({"2.2.1#4", "3.1.1#12", "3.1.1#13"})
    void aDeviceThatNoLongerOffersWhatTheRingsNeedIsAtFault() {
        transport.offered = WITH_EVENT_IDX.with(CommonFeature.INDIRECT_DESC);
        VirtioDevice device = transport.running();
        transport.offered = BARE;
        device.reset();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessage(
                        "after the reset the device no longer offers INDIRECT_DESC and EVENT_IDX,"
                                + " which its queues were made with; close it and open it anew"
                                + " (virtio 1.4, 2.2.2#4; offered {32})");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(transport.log).last().isEqualTo("status " + (3 | 128));
        transport.assertRefused(device, "cannot set up queue 0", () -> device.queue(0));
        transport.offered = EVERYTHING;
        device.reset();
        assertThat(device.negotiate(List.of()))
                .as("it offers them again")
                .isEqualTo(WITH_EVENT_IDX.with(CommonFeature.INDIRECT_DESC));
    }

    @Test
    void whatTheRingsNeedCannotBeRefused() {
        VirtioDevice device = transport.running();
        device.reset();
        List<String> before = List.copyOf(transport.log);
        assertThatThrownBy(
                        () -> device.negotiate(List.of(), FeatureSet.of(CommonFeature.EVENT_IDX)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "EVENT_IDX cannot be refused: the queues were made with it before the"
                                + " reset, and come back with it");
        assertThat(transport.log).isEqualTo(before);
        assertThat(device.negotiate(List.of(), FeatureSet.of(CommonFeature.INDIRECT_DESC)))
                .isEqualTo(WITH_EVENT_IDX);
    }

    @Test
    void aDeviceThatBecomesALegacyDeviceIsSaidToBeOne() {
        VirtioDevice device = transport.running();
        transport.offered = FeatureSet.of(CommonFeature.EVENT_IDX);
        device.reset();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("does not offer VERSION_1");
    }

    @Test
    void beforeThereIsARingAResetLeavesEverythingOpen() {
        VirtioDevice device = transport.negotiated();
        transport.offered = BARE;
        device.reset();
        assertThat(device.negotiate(List.of())).isEqualTo(BARE);
        transport.offered = EVERYTHING;
        device.reset();
        assertThat(device.negotiate(List.of()))
                .isEqualTo(WITH_EVENT_IDX.with(CommonFeature.INDIRECT_DESC));
        device.queue(0);
        transport.offered = BARE;
        device.reset();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("which its queues were made with");
    }
}
