package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.virtq.device.DeviceType;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
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
        MachineOptions options = options(Optional.of(64), List.of());
        try (Machine machine = new SimProvider().start(options);
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of());
            assertThat(device.queue(0).size()).isEqualTo(64);
        }
    }

    @Test
    void aQueueSizeThatNoRingHasIsOneLine() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SimProvider().start(options(Optional.of(40000), List.of())))
                .withMessage("queue size 40000 (expected: 1..32768)");
    }

    @Test
    void whatOnlyQemuHasUseForIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SimProvider().start(options(Optional.empty(), List.of("-S"))))
                .withMessageContaining("no use for QEMU arguments");
    }

    private static MachineOptions options(Optional<Integer> queueSize, List<String> qemu) {
        return new MachineOptions(
                8L << 20,
                queueSize,
                Optional.empty(),
                Optional.empty(),
                qemu,
                Optional.empty(),
                Optional.empty());
    }
}
