package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a driver does to the configuration of a device that notices every write. */
@Timeout(30)
class ConfigurationTest {
    private static final String FAULT = "last driver fault";

    @Test
    @Clause("3.1.1#6")
    void itCanBeReadBeforeTheFeaturesAreSettled() {
        try (SimMachine machine = machine();
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.OPENED);
            assertThat(device.config().u8(0)).isEqualTo(0x52);
            assertThat(machine.details()).doesNotContainKey(FAULT);
        }
    }

    @Test
    @Clause("3.1.1#6")
    void aDriverThatComesUpDoesNotWriteIt() {
        try (SimMachine machine = machine();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(net.linkUp()).isTrue();
            assertThat(machine.details()).doesNotContainKey(FAULT);
        }
    }

    @Test
    void aWriteBeforeTheFeaturesAreSettledWouldBeNoticed() {
        try (SimMachine machine = machine();
                Transport transport = machine.transport(DeviceType.NETWORK)) {
            transport.configSpace().writeByte(0, (byte) 0);
            assertThat(machine.details().get(FAULT)).contains("5.1.4.2#1");
        }
    }

    private static SimMachine machine() {
        return SimMachine.builder().memory(8 << 20).network((frame, replies) -> {}).start();
    }
}
