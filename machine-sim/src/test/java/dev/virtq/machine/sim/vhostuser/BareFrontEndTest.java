package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the back end itself does: where it stops and goes on, and what it refuses. */
class BareFrontEndTest extends NothingIsLeft {
    private static final int SPLIT_SIZE = 8;
    private static final int PACKED_SIZE = 7;
    private static final int WRAP = 1 << 15;
    private static final Duration LONG = Duration.ofSeconds(10);

    @Test
    void aSplitQueueTellsTheNextIndex() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                BareFrontEnd front = new BareFrontEnd(socket)) {
            FeatureSet features = FeatureSet.of(CommonFeature.VERSION_1);
            DriverRing ring = begin(front, features, SPLIT_SIZE);
            start(front, ring.setup(), 0);
            run(front, ring, 21);
            assertThat(stop(front)).isEqualTo(21);
            assertThat(backEnd.workDone().chains()).isEqualTo(21);
            start(front, ring.setup(), 21);
            run(front, ring, 22);
            assertThat(stop(front)).isEqualTo(43);
            assertThat(backEnd.workDone().chains()).isEqualTo(43);
            assertThat(front.tell(Request.SET_VRING_BASE, 0, 0x1_0000)).isZero();
            assertThat(front.tell(Request.SET_VRING_KICK, 0, front.kick()))
                    .as("an index has 16 bits")
                    .isEqualTo(1);
        }
    }

    /** Each transfer has two slots of seven, so that it ends everywhere, in both rounds. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 12, 13})
    void aPackedQueueGoesOnWhereItStopped(int transfers) throws Exception {
        FeatureSet features = FeatureSet.of(CommonFeature.VERSION_1, CommonFeature.RING_PACKED);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                BareFrontEnd front = new BareFrontEnd(socket)) {
            DriverRing ring = begin(front, features, PACKED_SIZE);
            int base = ring.setup().startState();
            for (int life = 1; life <= 3; life++) {
                start(front, ring.setup(), base);
                run(front, ring, transfers);
                base = stop(front);
                int slots = 2 * transfers * life;
                int wrap = slots / PACKED_SIZE % 2 == 0 ? WRAP : 0;
                int position = slots % PACKED_SIZE | wrap;
                assertThat(base).isEqualTo(position << 16 | position);
            }
            assertThat(backEnd.lastFault()).isEmpty();
        }
    }

    @Test
    void aQueueThatIsNotEnabledIsLeftAlone() throws Exception {
        FeatureSet features = FeatureSet.of(CommonFeature.VERSION_1);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                BareFrontEnd front = new BareFrontEnd(socket)) {
            DriverRing ring = begin(front, features, SPLIT_SIZE);
            start(front, ring.setup(), 0);
            run(front, ring, 3);
            assertThat(front.tell(Request.SET_VRING_ENABLE, 0, 0)).isZero();
            int id = send(front, ring);
            front.ask(Request.GET_FEATURES); // it has looked at everything that came before
            front.ask(Request.GET_FEATURES);
            assertThat(ring.poll()).isEqualTo(DriverRing.NOTHING);
            assertThat(front.tell(Request.SET_VRING_ENABLE, 0, 1)).isZero();
            await(front, ring, id);
            assertThat(backEnd.workDone().chains()).isEqualTo(4);
        }
    }

    @Test
    void whatAFrontEndMayNotDoIsRefused() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                BareFrontEnd front = new BareFrontEnd(socket)) {
            front.meet();
            long offered = front.ask(Request.GET_FEATURES);
            assertThat(front.tell(Request.SET_FEATURES, offered | 1L << 24)).isEqualTo(1);
            assertThat(front.tell(Request.SET_FEATURES, 1L << 30)).as("no VERSION_1").isEqualTo(1);
            assertThat(front.tell(Request.SET_STATUS, 1)).as("without STATUS").isEqualTo(1);
            assertThat(front.tell(Request.RESET_DEVICE, 1)).isEqualTo(1);
            assertThat(front.tell(Request.REM_MEM_REG, 1)).isEqualTo(1);

            Message early = front.message(Request.SET_VRING_ADDR, 40);
            assertThat(front.tell(early.u64(8, 4096))).as("before memory").isEqualTo(1);
            assertThat(front.share(new Extent(4096, 4 << 20), 0)).as("too long").isEqualTo(1);
            assertThat(front.share(new Extent(4096, 1 << 20), 2 << 20)).isEqualTo(1);
            assertThat(front.share(new Extent(4096, 4096), -4096)).isEqualTo(1);
            assertThat(front.tell(front.message(Request.SET_MEM_TABLE, 8).u32(0, 9))).isEqualTo(1);
            assertThat(front.share()).isZero();
            assertThat(front.share()).as("the same again").isEqualTo(1);

            assertThat(front.tell(Request.SET_VRING_NUM, 1, 8)).as("no queue 1").isEqualTo(1);
            assertThat(front.tell(Request.SET_VRING_NUM, -1, 8)).isEqualTo(1);
            assertThat(front.tell(front.message(Request.SET_VRING_NUM, 4))).isEqualTo(1);
            assertThat(front.tell(Request.SET_VRING_CALL, 0)).as("no descriptor").isEqualTo(1);
            assertThat(front.tell(Request.SET_VRING_KICK, 0, front.kick()))
                    .as("nothing is known of the queue")
                    .isEqualTo(1);
            assertThat(front.ask(Request.GET_FEATURES)).isEqualTo(offered);
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void framesComeBackFromANetwork() throws Exception {
        Random random = new Random(5);
        try (SimBackEnd backEnd =
                        SimBackEnd.listen(socket, (frame, replies) -> replies.accept(frame));
                VhostUserMachine machine =
                        VhostUserMachine.of(socket, DeviceType.NETWORK, 8 << 20);
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            assertThat(net.mac().toString()).isEqualTo("52:54:00:12:34:56");
            assertThat(net.linkUp()).isTrue();
            for (int i = 0; i < 500; i++) {
                byte[] bytes = new byte[60 + random.nextInt(1400)];
                random.nextBytes(bytes);
                net.send(MemorySegment.ofArray(bytes));
                MemorySegment back = Objects.requireNonNull(net.receive(LONG));
                assertThat(back.mismatch(MemorySegment.ofArray(bytes))).isEqualTo(-1);
            }
            assertThat(backEnd.lastFault()).isEmpty();
        }
    }

    /** Meets, shares memory, and makes a ring in it. */
    private static DriverRing begin(BareFrontEnd front, FeatureSet features, int size)
            throws IOException {
        front.meet();
        long bits =
                Integer.toUnsignedLong(features.word(0))
                        | Integer.toUnsignedLong(features.word(1)) << 32;
        assertThat(front.tell(Request.SET_FEATURES, bits | 1L << 30)).isZero();
        assertThat(front.share()).isZero();
        RingFormat format =
                ServiceLoader.load(RingFormat.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(each -> each.isChosenBy(features))
                        .findFirst()
                        .orElseThrow();
        return format.createDriverEnd(
                new RingRequest(0, size, features, front.memory(), IndirectUse.NEVER));
    }

    private static void start(BareFrontEnd front, QueueSetup setup, int base) throws IOException {
        assertThat(front.tell(Request.SET_VRING_NUM, 0, setup.size())).isZero();
        assertThat(front.tell(Request.SET_VRING_BASE, 0, base)).isZero();
        Message addresses =
                front.message(Request.SET_VRING_ADDR, 40)
                        .u64(8, BareFrontEnd.USER + setup.descriptorArea())
                        .u64(16, BareFrontEnd.USER + setup.deviceArea())
                        .u64(24, BareFrontEnd.USER + setup.driverArea());
        assertThat(front.tell(addresses)).isZero();
        assertThat(front.tell(Request.SET_VRING_CALL, 0, front.call())).isZero();
        assertThat(front.tell(Request.SET_VRING_KICK, 0, front.kick())).isZero();
        assertThat(front.tell(Request.SET_VRING_ENABLE, 0, 1)).isZero();
    }

    private static int stop(BareFrontEnd front) throws IOException {
        Message base = front.ask(front.message(Request.GET_VRING_BASE, 8));
        assertThat(base.u32(0)).isZero();
        return base.u32(4);
    }

    private static void run(BareFrontEnd front, DriverRing ring, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            await(front, ring, send(front, ring));
        }
    }

    /** Two bytes, and room for them. */
    private static int send(BareFrontEnd front, DriverRing ring) throws IOException {
        try (DmaBuffer sent = front.memory().allocate(2);
                DmaBuffer received = front.memory().allocate(2)) {
            int id = ring.reserve(new Chain(List.of(sent.extents(), received.extents()), 1));
            ring.stage(id);
            ring.publish();
            front.kick().signal();
            return id;
        }
    }

    private static void await(BareFrontEnd front, DriverRing ring, int id) throws IOException {
        ring.enableNotifications();
        int used = ring.poll();
        while (used == DriverRing.NOTHING) {
            assertThat(Poll.isReady(front.call(), Poll.READABLE, 10_000)).isTrue();
            front.call().take();
            used = ring.poll();
        }
        assertThat(used).isEqualTo(id);
        assertThat(ring.usedLength()).isEqualTo(2);
        ring.release(id);
    }
}
