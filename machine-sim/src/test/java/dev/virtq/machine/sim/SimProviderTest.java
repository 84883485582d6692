package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The machine as a program finds it. */
class SimProviderTest {
    @Test
    void itIsFoundOnTheModulePath() {
        assertThat(SimProvider.class.getModule().getDescriptor().provides())
                .anySatisfy(provides -> {
                    assertThat(provides.service()).isEqualTo(MachineProvider.class.getName());
                    assertThat(provides.providers()).containsExactly(SimProvider.class.getName());
                });
        assertThat(new SimProvider().name()).isEqualTo("sim");
        assertThat(new SimProvider().whatIsMissing()).isEmpty();
    }

    @Test
    void itIsFoundOnTheClassPathToo() throws IOException {
        String file = "/META-INF/services/" + MachineProvider.class.getName();
        try (InputStream services = SimProvider.class.getResourceAsStream(file)) {
            assertThat(services).isNotNull();
            assertThat(new String(services.readAllBytes(), StandardCharsets.UTF_8).strip())
                    .isEqualTo(SimProvider.class.getName());
        }
    }

    @Test
    void itsDefaultMachineRunsWithAHoleInItsMemory() throws Exception {
        try (Machine machine = new SimProvider().start(MachineOptions.DEFAULT);
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(machine.kind()).isEqualTo("sim");
            assertThat(machine.memory().extents()).hasSize(2);
            net.send(Frames.arpRequest(net.mac()));
            assertThat(Frames.next(net).byteSize()).isGreaterThanOrEqualTo(42);
        }
    }

    @Test
    void theQueueSizeIsTheOneThatWasAskedFor() {
        MachineOptions options = MachineOptions.DEFAULT.withQueueSize(64);
        try (Machine machine = new SimProvider().start(options);
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of());
            assertThat(device.queue(0).size()).isEqualTo(64);
        }
    }

    @Test
    void aQueueSizeThatNoRingHasIsOneLine() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new SimProvider().start(MachineOptions.DEFAULT.withQueueSize(40000)))
                .withMessage("queue size 40000 (expected: 1..32768)");
    }

    @Test
    void whatIsWithheldIsNotOffered() {
        MachineOptions options =
                MachineOptions.DEFAULT.withholding(FeatureSet.of(CommonFeature.EVENT_IDX));
        try (Machine machine = new SimProvider().start(options);
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(device.offeredFeatures().contains(CommonFeature.EVENT_IDX)).isFalse();
            assertThat(device.offeredFeatures().contains(CommonFeature.INDIRECT_DESC)).isTrue();
        }
    }

    @Test
    void theRingThatNobodyAskedForIsNotOffered() {
        try (Machine machine = new SimProvider().start(MachineOptions.DEFAULT);
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(device.offeredFeatures().contains(CommonFeature.RING_PACKED)).isFalse();
            assertThat(device.offeredFeatures().contains(CommonFeature.IN_ORDER)).isFalse();
        }
    }

    @Test
    void whatItCannotOfferIsRefusedInOneLine() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new SimProvider()
                                .start(
                                        MachineOptions.DEFAULT.offering(
                                                FeatureSet.of(CommonFeature.SR_IOV))))
                .withMessage("the device of the machine sim cannot offer SR_IOV");
    }

    @Test
    void whatOnlyQemuHasUseForIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new SimProvider()
                                .start(MachineOptions.DEFAULT.withQemuArguments(List.of("-S"))))
                .withMessageContaining("no use for QEMU arguments");
    }
}
