package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetFeature;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that are spread over several receive buffers (virtio 1.4, section 5.1.9.4). */
@Timeout(60)
class MergeableBuffersTest {
    private static final SimNetwork NOWHERE = (frame, replies) -> {};
    private static final SimNetwork ECHO = (frame, replies) -> replies.accept(frame);

    @ParameterizedTest
    @CsvSource({
        "12, false, false", "12, true, true", "13, false, true", "64, true, false",
        "500, false, false", "500, false, true", "500, true, false", "500, true, true",
        "1526, false, false", "1526, true, true", "2048, false, false", "2048, true, true",
        "70000, true, false"
    })
    void framesOfAnyLengthArriveAsTheyWere(int size, boolean packed, boolean inOrder)
            throws Exception {
        Random random = new Random(size);
        try (SimMachine machine = stepped(ring(packed, inOrder)).start();
                NetDevice net = open(machine, size)) {
            assertThat(net.device().has(NetFeature.MRG_RXBUF)).isTrue();
            for (int round = 0; round < 300; round++) {
                List<MemorySegment> sent = new ArrayList<>();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    MemorySegment frame = Frames.random(random, 14 + random.nextInt(1501));
                    sent.add(frame);
                    machine.deliver(frame);
                }
                List<MemorySegment> came = new ArrayList<>();
                while (came.size() < sent.size()) {
                    machine.stepAll();
                    net.receiveBurst(copyingTo(came), 1 + random.nextInt(8));
                }
                assertThat(came).hasSameSizeAs(sent);
                for (int i = 0; i < sent.size(); i++) {
                    assertThat(came.get(i).mismatch(sent.get(i))).isEqualTo(-1);
                }
            }
            assertThat(machine.details()).containsEntry("dropped frames", "0");
            assertThat(machine.details()).doesNotContainKey("last driver fault");
            Frames.assertThatAllBuffersGoBack(net, 256);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theyArriveFromADeviceInAThreadOfItsOwn(boolean packed) throws Exception {
        Random random = new Random(5);
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(8 << 20)
                                .network(ECHO)
                                .withholding(ring(packed, true))
                                .start();
                NetDevice net = open(machine, 256)) {
            for (int i = 0; i < 3000; i++) {
                MemorySegment frame = Frames.random(random, 14 + random.nextInt(1501));
                net.send(frame);
                assertThat(Frames.next(net).mismatch(frame)).as("frame %d", i).isEqualTo(-1);
            }
        }
    }

    @Test
    void aFrameThatFitsOneBufferIsNotCopied() {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).start();
                NetDevice net = open(machine, 500)) {
            machine.deliver(Frames.numbered(1, 488));
            machine.deliver(Frames.numbered(2, 489));
            machine.stepAll();
            List<Integer> offsets = new ArrayList<>();
            net.receiveBurst((buffer, offset, length) -> offsets.add(offset), 8);
            assertThat(offsets).as("behind the header, and by itself").containsExactly(12, 0);
        }
    }

    @Test
    void framesAreAsLongAsTheNetworksWhereTheDeviceNamesNoMtu() throws Exception {
        try (SimMachine machine = stepped(FeatureSet.of(NetFeature.MTU)).mtu(9000).start();
                NetDevice net = open(machine, 2048)) {
            assertThat(net.mtu()).isEqualTo(1500);
            MemorySegment frame = Frames.random(new Random(1), 9014);
            machine.deliver(frame);
            machine.stepAll();
            assertThat(Frames.next(net).mismatch(frame)).isEqualTo(-1);
        }
    }

    @Test
    void aFrameWaitsUntilThereAreBuffersForAllOfIt() {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).queueSize(4).start();
                NetDevice net = open(machine, 500)) {
            machine.deliver(Frames.numbered(1, 60));
            machine.deliver(Frames.numbered(2, 1514)); // four buffers
            machine.stepAll();
            List<MemorySegment> came = new ArrayList<>();
            assertThat(net.receiveBurst(copyingTo(came), 8)).isEqualTo(1);
            machine.stepAll();
            assertThat(net.receiveBurst(copyingTo(came), 8)).isEqualTo(1);
            assertThat(Frames.number(came.get(1))).isEqualTo(2);
        }
    }

    @Test
    void aCopyThatReceiveGivesStays() throws Exception {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).start();
                NetDevice net = open(machine, 500)) {
            MemorySegment sent = Frames.random(new Random(2), 1000);
            machine.deliver(sent);
            machine.deliver(Frames.random(new Random(3), 1000));
            machine.stepAll();
            MemorySegment first = Frames.next(net);
            Frames.next(net);
            assertThat(first.mismatch(sent)).isEqualTo(-1);
        }
    }

    @Test
    void aHandlerThatThrowsLosesOnlyItsFrame() throws Exception {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).start();
                NetDevice net = open(machine, 500)) {
            for (int i = 0; i < 3; i++) {
                machine.deliver(Frames.numbered(i, 1200));
            }
            machine.stepAll();
            FrameHandler broken =
                    (buffer, offset, length) -> {
                        throw new UnsupportedOperationException("broken handler");
                    };
            assertThatThrownBy(() -> net.receiveBurst(broken, 8)).hasMessage("broken handler");
            List<MemorySegment> came = new ArrayList<>();
            assertThat(net.receiveBurst(copyingTo(came), 8)).isEqualTo(2);
            assertThat(came.stream().map(Frames::number)).containsExactly(1, 2);
            Frames.assertThatAllBuffersGoBack(net, 256);
        }
    }

    /** What the handler left behind stands in the way of what comes, where there is little room. */
    @Test
    void aHandlerThatThrowsAgainAndAgainLosesNoBuffer() throws Exception {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).queueSize(8).start();
                NetDevice net = open(machine, 500)) {
            List<Integer> came = new ArrayList<>();
            FrameHandler fickle =
                    (buffer, offset, length) -> {
                        came.add(Frames.number(buffer, offset));
                        if (came.size() % 3 == 1) {
                            throw new UnsupportedOperationException("fickle handler");
                        }
                    };
            List<Integer> sent = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                sent.add(i);
                machine.deliver(Frames.numbered(i, i % 4 == 3 ? 1500 : 300));
            }
            while (came.size() < 1000) {
                machine.stepAll();
                try {
                    net.receiveBurst(fickle, 16);
                } catch (UnsupportedOperationException e) {
                    assertThat(e).hasMessage("fickle handler");
                }
            }
            assertThat(came).isEqualTo(sent);
            Frames.assertThatAllBuffersGoBack(net, 8);
        }
    }

    @Test
    void afterAResetWithFramesOnTheirWayItGoesOn() throws Exception {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).queueSize(8).start();
                NetDevice net = open(machine, 500)) {
            for (int round = 0; round < 20; round++) {
                machine.deliver(Frames.numbered(round, 1514));
                machine.deliver(Frames.numbered(round, 1514));
                machine.stepAll();
                assertThat(Frames.number(Frames.next(net))).isEqualTo(round);
                net.reset();
                assertThat(net.receiveQueue().inFlight()).isEqualTo(4);
                while (net.receive(Duration.ZERO) != null) {
                    // what had arrived before the reset is still there
                }
                assertThat(net.receive(Duration.ZERO)).isNull();
                assertThat(net.receiveQueue().inFlight()).isEqualTo(8);
            }
        }
    }

    @Test
    void withoutTheFeatureEachBufferHoldsTheLongestFrame() throws Exception {
        try (SimMachine machine = stepped(FeatureSet.of(NetFeature.MRG_RXBUF)).start();
                NetDevice net = open(machine, 64)) {
            machine.deliver(Frames.numbered(1, 1514));
            machine.stepAll();
            assertThat(Frames.next(net).byteSize()).isEqualTo(1514);
        }
    }

    @Test
    void byDefaultTheFeatureIsNotAccepted() {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(net.device().offeredFeatures().contains(NetFeature.MRG_RXBUF)).isTrue();
            assertThat(net.device().has(NetFeature.MRG_RXBUF)).isFalse();
        }
    }

    @Test
    @Clause("5.1.4.2#7")
    void buffersThatTogetherHoldNoWholeFrameAreRefused() {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).queueSize(8).start()) {
            long before = machine.memory().available();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> open(machine, 190))
                    .withMessageContaining("8 receive buffers of 190 bytes")
                    .withMessageContaining("a frame of 1514 bytes");
            assertThat(machine.memory().available()).isEqualTo(before);
        }
    }

    @Test
    @Clause("5.1.9.3.1#3")
    void buffersWithoutRoomForTheHeaderAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetOptions.DEFAULT.withMergeableBuffers(11))
                .withMessageContaining("11 bytes (expected: 12..131072, or 0 for none");
    }

    @Test
    void aDeviceThatTakesTheFeatureBackWithAResetIsAtFault() {
        try (SimMachine machine = stepped(FeatureSet.EMPTY).start();
                NetDevice net = open(machine, 500)) {
            machine.misbehave(
                    new Mischief() {
                        @Override
                        public FeatureSet offeredFeatures(FeatureSet honest, int reads) {
                            return honest.without(NetFeature.MRG_RXBUF);
                        }
                    });
            assertThatThrownBy(net::reset)
                    .isInstanceOf(DeviceFaultException.class)
                    .hasMessageContaining("2.2.2#4");
        }
    }

    private static FrameHandler copyingTo(List<MemorySegment> frames) {
        return (buffer, offset, length) ->
                frames.add(
                        MemorySegment.ofArray(new byte[length])
                                .copyFrom(buffer.asSlice(offset, length)));
    }

    private static FeatureSet ring(boolean packed, boolean inOrder) {
        FeatureSet withheld = packed ? FeatureSet.EMPTY : FeatureSet.of(CommonFeature.RING_PACKED);
        return inOrder ? withheld : withheld.with(CommonFeature.IN_ORDER);
    }

    private static SimMachineBuilder stepped(FeatureSet withheld) {
        return SimMachine.builder()
                .memory(64 << 20)
                .network(NOWHERE)
                .withholding(withheld)
                .stepped();
    }

    private static NetDevice open(SimMachine machine, int size) {
        return NetDevice.open(
                machine.transport(DeviceType.NETWORK),
                NetOptions.DEFAULT.withMergeableBuffers(size));
    }
}
