package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Transport;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetFeature;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.QueueOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network driver over a simulated device that runs in a thread of its own. */
@Timeout(30)
class NetOverSimTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static final SimNetwork ECHO = (frame, replies) -> replies.accept(frame);

    @Test
    void theUserNetworkAnswersAnArpRequest() throws Exception {
        try (SimMachine machine = small().start();
                NetDevice net = open(machine)) {
            net.send(Frames.arpRequest(net.mac()));

            MemorySegment answer = Frames.next(net);

            ByteBuffer reply = answer.asByteBuffer();
            assertThat(reply.getShort(12)).isEqualTo((short) 0x0806);
            assertThat(reply.getShort(20)).as("operation").isEqualTo((short) 2);
            assertThat(reply.getInt(28)).as("sender").isEqualTo(0x0a000202);
        }
    }

    @Test
    void aThousandFramesComeBackAsTheyWere() throws Exception {
        Random random = new Random(1);
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = open(machine)) {
            for (int i = 0; i < 1000; i++) {
                MemorySegment frame = Frames.random(random, 14 + random.nextInt(1501));
                net.send(frame);
                assertThat(Frames.next(net).mismatch(frame)).as("frame %d", i).isEqualTo(-1);
            }
            assertThat(machine.details()).doesNotContainKey("last driver fault");
        }
    }

    @Test
    void framesComeBackWithoutEventIndexAndIndirectTables() throws Exception {
        FeatureSet plain = FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC);
        try (SimMachine machine = small().network(ECHO).withholding(plain).start();
                NetDevice net = open(machine)) {
            assertThat(net.device().has(CommonFeature.EVENT_IDX)).isFalse();
            for (int i = 0; i < 1000; i++) {
                net.send(Frames.numbered(i, 60));
                assertThat(Frames.number(Frames.next(net))).isEqualTo(i);
            }
        }
    }

    /**
     * Each wait sleeps at once; a notification that the device misses shows as a frame that is
     * lost.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noNotificationIsLost(boolean eventIndex) throws Exception {
        NetOptions sleepy =
                NetOptions.DEFAULT.withQueue(QueueOptions.DEFAULT.withSpin(Duration.ZERO));
        FeatureSet withheld =
                eventIndex ? FeatureSet.EMPTY : FeatureSet.of(CommonFeature.EVENT_IDX);
        try (SimMachine machine = small().network(ECHO).withholding(withheld).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), sleepy)) {
            Random random = new Random(3);
            int sent = 0;
            int received = 0;
            while (sent < 20_000) {
                int burst = 1 + random.nextInt(random.nextBoolean() ? 2 : 40);
                for (int i = 0; i < burst; i++) {
                    net.send(Frames.numbered(sent++, 60));
                }
                while (received < sent) {
                    assertThat(Frames.number(Frames.next(net))).isEqualTo(received++);
                }
            }
            assertThat(machine.details()).containsEntry("dropped frames", "0");
        }
    }

    @Test
    void aFrameThatLiesAcrossAHoleArrivesWhole() throws Exception {
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = open(machine)) {
            long end = machine.memory().extents().getFirst().end();
            try (DmaBuffer buffer = machine.memory().allocateAt(end - 30, 1000)) {
                assertThat(buffer.extents()).hasSize(2);
                MemorySegment frame = Frames.random(new Random(2), 1000);
                buffer.copyFrom(0, frame);

                net.send(buffer, SECOND);

                assertThat(Frames.next(net).mismatch(frame)).isEqualTo(-1);
                assertThat(buffer.byteAt(0))
                        .as("the caller's again")
                        .isEqualTo(frame.get(ValueLayout.JAVA_BYTE, 0));
            }
        }
    }

    @Test
    void aFrameInABufferThatIsNotSuitableStaysWithItsOwner() {
        try (SimMachine machine = small().start();
                NetDevice net = open(machine);
                DmaBuffer buffer = machine.memory().allocate(2000)) {
            long before = machine.memory().available();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.send(buffer, SECOND))
                    .withMessageContaining("2000 bytes")
                    .withMessageContaining("14..1514");

            assertThat(machine.memory().available()).isEqualTo(before);
            buffer.setByte(0, (byte) 1);
        }
    }

    @Test
    void framesThatTheMtuDoesNotAllowAreRefused() throws Exception {
        try (SimMachine machine = small().mtu(9000).network(ECHO).start();
                NetDevice net = open(machine)) {
            assertThat(net.mtu()).isEqualTo(9000);
            net.send(Frames.numbered(7, 9014));
            assertThat(Frames.next(net).byteSize()).isEqualTo(9014);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.send(Frames.numbered(7, 9015)))
                    .withMessage("a frame of 9015 bytes (expected: 14..9014, as the MTU is 9000)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> net.offer(MemorySegment.ofArray(new byte[13])))
                    .withMessageContaining("13 bytes");
        }
    }

    @Test
    void theMacAddressIsTheDevices() {
        try (SimMachine machine = small().mac("02:00:5e:10:00:ff").start();
                NetDevice net = open(machine)) {
            assertThat(net.mac()).hasToString("02:00:5e:10:00:ff");
            assertThat(net.device().acceptedFeatures().contains(NetFeature.MAC)).isTrue();
        }
    }

    @Test
    void aDeviceThatSaysNothingGetsDefaults() {
        FeatureSet withheld = FeatureSet.of(NetFeature.MAC, NetFeature.MTU, NetFeature.STATUS);
        try (SimMachine machine = small().withholding(withheld).start();
                NetDevice net = open(machine)) {
            assertThat(net.mac().isLocallyAdministered()).isTrue();
            assertThat(net.mac().isGroup()).isFalse();
            assertThat(net.mtu()).isEqualTo(1500);
            assertThat(net.linkUp()).isTrue();
        }
    }

    @Test
    void whatTheDriverDoesNotImplementIsNotAccepted() {
        FeatureSet more = FeatureSet.of(NetFeature.GUEST_CSUM, NetFeature.CTRL_VQ);
        try (SimMachine machine = small().pretending(more).start();
                NetDevice net = open(machine)) {
            assertThat(net.device().offeredFeatures().containsAll(more)).isTrue();
            assertThat(net.device().acceptedFeatures().intersection(more).isEmpty()).isTrue();
        }
    }

    @Test
    void theLinkIsSeenToGoDownAndUp() throws Exception {
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = open(machine)) {
            int generation = net.device().config().generation();
            assertThat(net.linkUp()).isTrue();

            machine.setLinkUp(false);

            assertThat(net.linkUp()).isFalse();
            assertThat(net.device().config().generation()).isNotEqualTo(generation);
            net.send(Frames.numbered(1, 60));
            assertThat(net.receive(Duration.ofMillis(50))).isNull();

            machine.setLinkUp(true);
            net.send(Frames.numbered(2, 60));
            assertThat(Frames.number(Frames.next(net))).isEqualTo(2);
        }
    }

    @Test
    void theViewOfAFrameEndsWhenItsBufferGoesBack() throws Exception {
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = open(machine)) {
            net.send(Frames.numbered(1, 60));
            MemorySegment first = Frames.next(net);
            net.receive(Duration.ZERO);

            assertThatIllegalStateException().isThrownBy(() -> first.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void afterAResetItGoesOn() throws Exception {
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = open(machine)) {
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 100; i++) {
                    net.send(Frames.numbered(i, 60));
                    assertThat(Frames.number(Frames.next(net))).isEqualTo(i);
                }
                net.send(Frames.numbered(-1, 60)); // lost, or not: the reset meets it on its way
                net.reset();
                while (net.receive(Duration.ZERO) != null) {
                    // what had arrived before the reset is still there
                }
                assertThat(net.receiveQueue().inFlight()).isEqualTo(net.receiveQueue().size());
            }
        }
    }

    @Test
    void anotherThreadUsesItOnlyAfterAHandOver() throws Exception {
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = open(machine);
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            Callable<Integer> sendAndReceive =
                    () -> {
                        net.send(Frames.numbered(2, 60));
                        int number = Frames.number(Frames.next(net));
                        net.handOver();
                        return number;
                    };
            assertThatThrownBy(() -> other.submit(sendAndReceive).get())
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("call handOver()");

            net.handOver();

            assertThat(other.submit(sendAndReceive).get()).isEqualTo(2);
        }
    }

    @Test
    void queuesThatAreSmallerThanTheDevicesDoToo() throws Exception {
        NetOptions options =
                NetOptions.DEFAULT.withQueue(QueueOptions.DEFAULT.withSize(4)).withBuffers(2, 1);
        try (SimMachine machine = small().network(ECHO).start();
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), options)) {
            assertThat(net.receiveQueue().size()).isEqualTo(4);
            assertThat(net.receiveQueue().inFlight()).isEqualTo(2);
            for (int i = 0; i < 100; i++) {
                net.send(Frames.numbered(i, 60));
                assertThat(Frames.number(Frames.next(net))).isEqualTo(i);
            }
        }
    }

    @Test
    void moreBuffersThanTheQueueHoldsAreRefusedAndTheTransportIsClosed() {
        try (SimMachine machine = small().queueSize(8).start()) {
            Transport transport = machine.transport(DeviceType.NETWORK);
            long before = machine.memory().available();

            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> NetDevice.open(transport, NetOptions.DEFAULT.withBuffers(9, 1)))
                    .withMessage("9 receive buffers (expected: at most 8, the queue's size)");

            assertThat(machine.memory().available()).isEqualTo(before);
            open(machine).close(); // the way is free again
        }
    }

    @Test
    void memoryThatIsTooSmallIsOneLineAndNothingIsLost() {
        try (SimMachine machine =
                SimMachine.builder().memory(1 << 20).mtu(65535).network(ECHO).start()) {
            long before = machine.memory().available();

            assertThatThrownBy(() -> open(machine))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no room for 65856 bytes");

            assertThat(machine.memory().available()).isEqualTo(before);
        }
    }

    @Test
    void aSecondDriverIsRefused() {
        try (SimMachine machine = small().start();
                NetDevice net = open(machine)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> open(machine))
                    .withMessageContaining("net0 is open already");
            assertThat(net.linkUp()).isTrue();
        }
    }

    private static SimMachineBuilder small() {
        return SimMachine.builder().memory(8 << 20);
    }

    private static NetDevice open(SimMachine machine) {
        return NetDevice.open(machine.transport(DeviceType.NETWORK));
    }
}
