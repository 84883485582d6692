package dev.virtq.machine.sim.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.HostileTable.Ring;
import dev.virtq.machine.sim.hostile.HostileTable.Row;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the network driver makes of frames that are not as they say is what docs/hostile.md says.
 */
@Timeout(60)
class HostileNetTest {
    /** Of these, the longest frame fills four, and one more than that is a lie of its own. */
    private static final int BUFFER = 500;

    private static final int LONGEST = 1514;
    private static final int IN_THREE_BUFFERS = 1400;

    static Stream<Row> rows() {
        return HostileTable.ofNetworkDevices().stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatTheTableSaysHappensAndAResetLeadsOn(Row row) {
        assertRow(row, FeatureSet.of(CommonFeature.IN_ORDER));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void theSameHappensWhereChainsAreUsedInOrder(Row row) {
        assertRow(row, FeatureSet.EMPTY);
    }

    private static void assertRow(Row row, FeatureSet withheld) {
        FeatureSet without =
                row.ring() == Ring.PACKED ? withheld : withheld.with(CommonFeature.RING_PACKED);
        try (SimMachine machine =
                SimMachine.builder()
                        .memory(8 << 20)
                        .queueSize(32)
                        .withholding(without)
                        .network((frame, replies) -> {})
                        .stepped()
                        .start()) {
            long before = machine.memory().available();
            NetOptions options = NetOptions.DEFAULT.withMergeableBuffers(BUFFER);
            try (NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), options)) {
                assertFrameArrives(machine, net, (byte) 1);
                machine.misbehave(row.lie());
                boolean longest = row.lie() == NetLie.FRAME_TOO_LONG;
                machine.deliver(frame((byte) 2, longest ? LONGEST : IN_THREE_BUFFERS));
                machine.stepAll();
                FrameHandler none =
                        (buffer, offset, length) -> {
                            throw new AssertionError("a frame of %d bytes".formatted(length));
                        };

                DeviceFaultException fault =
                        catchThrowableOfType(
                                DeviceFaultException.class, () -> net.receiveBurst(none, 8));

                assertThat(fault).as("a fault").isNotNull();
                assertThat(fault.clause()).isEqualTo(row.clause());
                assertThat(fault.evidence()).contains("transfer #").contains("expected");
                assertThatThrownBy(() -> net.receiveBurst(none, 8))
                        .as("there is no way on but a reset")
                        .hasMessage(fault.getMessage());
                machine.misbehave(Mischief.NONE);
                net.reset();
                assertThat(net.receiveQueue().inFlight()).isEqualTo(32);
                assertFrameArrives(machine, net, (byte) 3);
            }
            assertThat(machine.memory().available()).as("nothing is lost").isEqualTo(before);
        }
    }

    private static void assertFrameArrives(SimMachine machine, NetDevice net, byte content) {
        MemorySegment sent = frame(content, LONGEST);
        machine.deliver(sent);
        machine.stepAll();
        int[] seen = {0};
        FrameHandler same =
                (buffer, offset, length) -> {
                    assertThat(buffer.asSlice(offset, length).mismatch(sent)).isEqualTo(-1);
                    seen[0]++;
                };
        assertThat(net.receiveBurst(same, 8)).isEqualTo(1);
        assertThat(seen[0]).isEqualTo(1);
    }

    private static MemorySegment frame(byte content, int length) {
        byte[] bytes = new byte[length];
        MemorySegment frame = MemorySegment.ofArray(bytes).fill(content);
        frame.set(ValueLayout.JAVA_BYTE, length - 1L, (byte) 9);
        return frame;
    }
}
