package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.qemu.QemuDevice;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** As somebody would use it who tests something with a device. */
@Testcontainers
class JUnitUsageTest {
    @Container
    private final QemuContainer qemu =
            new QemuContainer().withMemory(64L << 20).withDevice(QemuDevice.virtioNet());

    @BeforeAll
    static void needsAnEngine() {
        Docker.require();
    }

    @Test
    void isStartedAroundEachTest() {
        try (Transport transport = qemu.machine().transport(DeviceType.NETWORK)) {
            assertThat(transport.deviceType()).isEqualTo(DeviceType.NETWORK);
        }
    }
}
