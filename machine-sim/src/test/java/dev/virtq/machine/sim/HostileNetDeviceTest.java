package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.sim.hostile.HostileRing;
import dev.virtq.machine.sim.hostile.Mischief;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the network driver makes of a device that lies. */
@Timeout(30)
class HostileNetDeviceTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @ParameterizedTest
    @CsvSource({
        "0, 1, 5.1.9.4.1#5, flags 0x01", // NEEDS_CSUM
        "0, 2, 5.1.9.4.1#5, flags 0x02", // DATA_VALID
        "0, 128, 5.1.9.4.1#5, flags 0x80", // a flag without a name
        "1, 1, 5.1.9.4.1#6, gso_type 0x01", // TCPV4
        "1, 3, 5.1.9.4.1#7, gso_type 0x03", // UDP
        "1, 4, 5.1.9.4.1#8, gso_type 0x04", // TCPV6
        "1, 5, 5.1.9.4.1#9, gso_type 0x05", // UDP_L4
        "1, 32, 5.1.9.4.1#10, gso_type 0x20", // UDP_TUNNEL_IPV4
        "1, 128, 5.1.9.4.1, gso_type 0x80", // ECN alone
        "10, 0, 5.1.9.4.1#1, num_buffers 0",
        "10, 2, 5.1.9.4.1#1, num_buffers 2",
        "11, 1, 5.1.9.4.1#1, num_buffers 257",
    })
    void aHeaderThatWasNotNegotiatedIsAFault(
            int offset, int value, String clause, String evidence) {
        try (SimMachine machine =
                        lying(header -> header.set(ValueLayout.JAVA_BYTE, offset, (byte) value));
                NetDevice net = open(machine)) {
            DeviceFaultException fault = faultOnReceive(machine, net);

            assertThat(fault.clause()).isEqualTo(clause);
            assertThat(fault.evidence()).contains(evidence);
            assertThatThrownBy(() -> net.receive(SECOND))
                    .as("there is no way on but a reset")
                    .isInstanceOf(DeviceFaultException.class)
                    .hasMessage(fault.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "11"})
    void aUsedLengthWithoutRoomForTheHeaderIsAFault(long length) {
        try (SimMachine machine = lyingAboutLength(honest -> length);
                NetDevice net = open(machine)) {
            DeviceFaultException fault = faultOnReceive(machine, net);

            assertThat(fault.clause()).isEqualTo("5.1.9.4.1#1");
            assertThat(fault.evidence()).contains("used length " + length);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false, 1527, 2.7.8.2#2",
        "false, 65536, 2.7.8.2#2",
        "false, 4294967295, 2.7.8.2#2",
        "true, 1527, 2.8.4",
        "true, 4294967295, 2.8.4"
    })
    void aUsedLengthLargerThanTheBufferIsAFault(boolean packed, long length, String clause) {
        FeatureSet withheld = packed ? FeatureSet.EMPTY : FeatureSet.of(CommonFeature.RING_PACKED);
        try (SimMachine machine = lyingAboutLength(honest -> length, withheld);
                NetDevice net = open(machine)) {
            DeviceFaultException fault = faultOnReceive(machine, net);

            assertThat(fault.clause()).isEqualTo(clause);
            assertThat(fault.evidence()).contains(Long.toString(length));
        }
    }

    @Test
    void anEmptyFrameIsAFrame() throws Exception {
        try (SimMachine machine = lyingAboutLength(honest -> 12);
                NetDevice net = open(machine)) {
            machine.deliver(Frames.numbered(1, 60));
            assertThat(Frames.next(net).byteSize()).isZero();
        }
    }

    @Test
    void afterALieAResetLeadsOn() throws Exception {
        boolean[] lying = {true};
        Consumer<MemorySegment> once =
                header -> {
                    if (lying[0]) {
                        lying[0] = false;
                        header.set(SHORT, 10, (short) 9);
                    }
                };
        try (SimMachine machine = lying(once);
                NetDevice net = open(machine)) {
            faultOnReceive(machine, net);

            net.reset();

            assertThat(net.receiveQueue().inFlight()).isEqualTo(net.receiveQueue().size());
            machine.deliver(Frames.numbered(5, 60));
            assertThat(Frames.number(Frames.next(net))).isEqualTo(5);
        }
    }

    @Test
    void anMtuThatNoDeviceMayHaveIsAFault() {
        assertConfigIsAFault(config -> config.set(SHORT, 10, (short) 67), "5.1.4.1#2", "mtu 67");
    }

    @Test
    void aGroupAddressIsAFault() {
        assertConfigIsAFault(
                config -> config.set(ValueLayout.JAVA_BYTE, 0, (byte) 0x01),
                "5.1.4",
                "mac 01:54:00:12:34:56");
    }

    @Test
    void anAddressOfZerosIsAFault() {
        assertConfigIsAFault(
                config -> config.asSlice(0, 6).fill((byte) 0), "5.1.4", "mac 00:00:00:00:00:00");
    }

    private static void assertConfigIsAFault(
            Consumer<MemorySegment> lie, String clause, String evidence) {
        Mischief mischief =
                new Mischief() {
                    @Override
                    public void config(MemorySegment space) {
                        lie.accept(space);
                    }
                };
        try (SimMachine machine = machine(mischief)) {
            long before = machine.memory().available();

            DeviceFaultException fault =
                    catchThrowableOfType(DeviceFaultException.class, () -> open(machine));

            assertThat(fault.clause()).isEqualTo(clause);
            assertThat(fault.evidence()).contains(evidence);
            assertThat(machine.memory().available()).as("nothing is lost").isEqualTo(before);
        }
    }

    private static DeviceFaultException faultOnReceive(SimMachine machine, NetDevice net) {
        machine.deliver(Frames.numbered(0, 60));
        DeviceFaultException fault =
                catchThrowableOfType(DeviceFaultException.class, () -> net.receive(SECOND));
        assertThat(fault).as("a fault").isNotNull();
        return fault;
    }

    private static SimMachine lying(Consumer<MemorySegment> header) {
        return machine(
                new Mischief() {
                    @Override
                    public void receivedHeader(MemorySegment received) {
                        header.accept(received);
                    }
                });
    }

    private static SimMachine lyingAboutLength(LongUnaryOperator usedLength) {
        return lyingAboutLength(usedLength, FeatureSet.EMPTY);
    }

    private static SimMachine lyingAboutLength(LongUnaryOperator usedLength, FeatureSet withheld) {
        return machine(
                withheld,
                new Mischief() {
                    @Override
                    public void use(HostileRing ring, int id, long length) {
                        boolean receives = ring.queue() == 0;
                        ring.useHonestly(id, receives ? usedLength.applyAsLong(length) : length);
                    }
                });
    }

    private static SimMachine machine(Mischief mischief) {
        return machine(FeatureSet.EMPTY, mischief);
    }

    private static SimMachine machine(FeatureSet withheld, Mischief mischief) {
        return SimMachine.builder()
                .memory(8 << 20)
                .withholding(withheld)
                .network((frame, replies) -> {})
                .mischief(mischief)
                .start();
    }

    private static NetDevice open(SimMachine machine) {
        return NetDevice.open(machine.transport(DeviceType.NETWORK));
    }
}
