package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the simulated network device makes of frames that break the rules. */
@Timeout(30)
class HostileDriverTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @ParameterizedTest
    @CsvSource({
        "0, 1, 5.1.9.2.1#3, NEEDS_CSUM is set",
        "1, 1, 5.1.9.2.1#21, gso_type is 0x01",
        "10, 1, 5.1.9.2.1#2, num_buffers is 1",
    })
    void aHeaderThatWasNotNegotiatedNeedsAReset(
            int offset, int value, String clause, String message) throws Exception {
        try (SimMachine machine = machine();
                NetDevice net = open(machine)) {
            DmaBuffer buffer = machine.memory().allocate(72);
            buffer.setByte(offset, (byte) value);

            assertNeedsReset(net, buffer);

            assertThat(machine.details().get("last driver fault"))
                    .contains(message)
                    .contains(clause);
            assertAResetLeadsOn(net);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 5.1.9.2.1#1", "11, 5.1.9.2.1#1", "1527, 5.1.4.2#8", "1000000, 5.1.4.2#8"})
    void aPacketOfAWrongLengthNeedsAReset(int length, String clause) throws Exception {
        try (SimMachine machine = machine();
                NetDevice net = open(machine)) {
            assertNeedsReset(net, machine.memory().allocate(length));

            assertThat(machine.details().get("last driver fault"))
                    .contains("a packet of " + length + " bytes")
                    .contains(clause);
            assertAResetLeadsOn(net);
        }
    }

    @Test
    void flagsThatTheDeviceDoesNotKnowAreIgnored() throws Exception {
        try (SimMachine machine = machine();
                NetDevice net = open(machine)) {
            DmaBuffer buffer = machine.memory().allocate(72);
            buffer.setByte(0, (byte) 0x80);
            buffer.setInt(12 + 14, 0);
            try (TransferToken token = net.transmitQueue().prepare(BufferList.send(buffer))) {
                token.send().await(LONG);
            }
            assertThat(Frames.number(Frames.next(net))).isZero();
        }
    }

    @Test
    void aReceiveBufferWithoutRoomForTheHeaderNeedsAReset() throws Exception {
        try (SimMachine machine = machine();
                VirtioDevice device = VirtioDevice.open(machine.transport(DeviceType.NETWORK))) {
            device.negotiate(List.of());
            Virtqueue receive = device.queue(0);
            device.start();
            try (TransferToken token =
                    receive.prepare(BufferList.receiveOnly(device.memory().allocate(11)))) {
                token.submit();
                receive.flush();
                machine.deliver(Frames.numbered(1, 60));
                assertThatThrownBy(() -> receive.poll(LONG))
                        .isInstanceOf(DeviceFaultException.class)
                        .hasMessageContaining("needs a reset");
            }
        }
    }

    private static void assertNeedsReset(NetDevice net, DmaBuffer packet) {
        TransferToken token = net.transmitQueue().prepare(BufferList.send(packet));
        assertThatThrownBy(() -> token.send().await(LONG))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("the device needs a reset");
        assertThatThrownBy(() -> net.send(Frames.numbered(1, 60)))
                .as("nothing goes on")
                .isInstanceOf(DeviceFaultException.class);
    }

    private static void assertAResetLeadsOn(NetDevice net) throws InterruptedException {
        net.reset();
        net.send(Frames.numbered(8, 60));
        assertThat(Frames.number(Frames.next(net))).isEqualTo(8);
    }

    private static SimMachine machine() {
        return SimMachine.builder()
                .memory(8 << 20)
                .network((frame, replies) -> replies.accept(frame))
                .start();
    }

    private static NetDevice open(SimMachine machine) {
        return NetDevice.open(machine.transport(DeviceType.NETWORK));
    }
}
