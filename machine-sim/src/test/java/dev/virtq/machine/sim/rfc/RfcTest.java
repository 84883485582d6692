package dev.virtq.machine.sim.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.TransferTimeoutException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.memory.StructCodec;
import dev.virtq.queue.BufferBounds;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.testing.Clause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the RFC behind this project wanted of a virtqueue, one promise a test, in every ring format
 * that is installed. What it wanted of transfers that are forgotten is in {@link ForgettingTest}.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.virtq.machine.sim.rfc.Loop#kinds")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RfcTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** A header as some device might have it. */
    record Request(int opcode, long node) {
        static final StructCodec<Request> CODEC =
                new StructCodec<>() {
                    private static final ValueLayout.OfInt OPCODE =
                            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
                    private static final ValueLayout.OfLong NODE =
                            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

                    @Override
                    public long byteSize() {
                        return 12;
                    }

                    @Override
                    public void write(Request value, MemorySegment target) {
                        target.set(OPCODE, 0, value.opcode());
                        target.set(NODE, 4, value.node());
                    }

                    @Override
                    public Request read(MemorySegment source) {
                        return new Request(source.get(OPCODE, 0), source.get(NODE, 4));
                    }
                };
    }

    @Parameter private Loop.Kind kind = Loop.kinds().findFirst().orElseThrow();

    private Loop loop() {
        return new Loop(kind);
    }

    private static void fill(DmaBuffer buffer, int value) {
        for (int i = 0; i < buffer.size(); i++) {
            buffer.setByte(i, (byte) value);
        }
    }

    @Test
    void sendAndReceiveInOneTransfer() throws InterruptedException {
        Loop loop = loop();
        DmaBuffer question = loop.memory.allocate(8);
        DmaBuffer answer = loop.memory.allocate(8);
        question.setLong(0, 42);
        try (TransferToken token = loop.queue.prepare(BufferList.send(question).receive(answer))) {
            Transfer transfer = token.send();
            loop.queue.flush();
            assertThat(loop.step()).isTrue();
            transfer.await(SOON);
            assertThat(token.receivedLength(0)).isEqualTo(8);
            assertThat(answer.longAt(0)).isEqualTo(~42L);
        }
    }

    @Test
    void aHeaderGoesBeforeTheDataWithoutACopy() {
        Loop loop = loop();
        DmaBuffer header = loop.memory.allocate(12);
        DmaBuffer data = loop.memory.allocate(1000);
        fill(header, 1);
        fill(data, 2);
        TransferToken token = loop.queue.prepare(BufferList.send(header, data));
        token.submit();
        loop.queue.flush();
        DeviceChain seen = loop.take();
        assertThat(seen.readableCount()).isEqualTo(2);
        assertThat(seen.readableBytes()).isEqualTo(1012);
        // What the device reads are the buffers themselves.
        assertThat(seen.segment(0).address()).isEqualTo(header.trusted().address());
        assertThat(seen.segment(1).address()).isEqualTo(data.trusted().address());
        assertThat(seen.segment(1).get(ValueLayout.JAVA_BYTE, 999)).isEqualTo((byte) 2);
    }

    @Test
    void aTypedStructIsWrittenIntoTheBufferByItsCodec() {
        Loop loop = loop();
        DmaBuffer header = loop.memory.allocate(Request.CODEC.byteSize());
        Request request = new Request(7, 0x1122334455667788L);
        header.write(0, Request.CODEC, request);
        TransferToken token = loop.queue.prepare(BufferList.send(header));
        token.submit();
        loop.queue.flush();
        assertThat(Request.CODEC.read(loop.take().segment(0))).isEqualTo(request);
    }

    @Test
    void aRequestStatesTheMinimumAndMaximumOfItsBuffers() {
        Loop loop = loop();
        BufferBounds read = BufferBounds.sending(1, 2).receiving(1, 3);
        List<DmaBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            buffers.add(loop.memory.allocate(8));
        }
        DmaBuffer first = buffers.get(0);
        DmaBuffer second = buffers.get(1);
        DmaBuffer third = buffers.get(2);
        DmaBuffer fourth = buffers.get(3);
        assertThatThrownBy(() -> BufferList.receiveOnly(first).within(read))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a request that sends 0 buffers (expected: 1..2)");
        assertThatThrownBy(() -> BufferList.send(first, second, third).within(read))
                .hasMessage("a request that sends 3 buffers (expected: 1..2)");
        assertThatThrownBy(() -> BufferList.send(first).within(read))
                .hasMessage("a request that receives 0 buffers (expected: 1..3)");
        assertThatThrownBy(() -> BufferBounds.sending(2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2..1 buffers sent");
        TransferToken token =
                loop.queue.prepare(
                        BufferList.send(first).receive(second, third, fourth).within(read));
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aReceiveQueueIsKeptFullBySendingTheSameBuffersAgain() {
        Loop loop = loop();
        Set<TransferToken> tokens = new HashSet<>();
        while (loop.queue.room() > 0) {
            TransferToken token =
                    loop.queue.prepare(BufferList.receiveOnly(loop.memory.allocate(64)));
            token.submit();
            tokens.add(token);
        }
        loop.queue.flush();
        long free = loop.free();
        assertThat(tokens).hasSize(Loop.SIZE);
        for (int i = 0; i < 10_000; i++) {
            assertThat(loop.step()).isTrue();
            TransferToken token = Objects.requireNonNull(loop.queue.poll());
            assertThat(token).isIn(tokens);
            token.submit();
            loop.queue.flush();
            assertThat(loop.queue.inFlight()).isEqualTo(Loop.SIZE);
        }
        assertThat(loop.free()).isEqualTo(free);
    }

    /**
     * One entry for a direct split chain and for a prepared indirect table. Elsewhere only the
     * descriptors are written again.
     */
    @Test
    void sendingARecycledTransferAgainCostsOneRingEntry() {
        Loop loop = loop();
        TransferToken token =
                loop.queue.prepare(
                        BufferList.send(
                                loop.memory.allocate(8),
                                loop.memory.allocate(8),
                                loop.memory.allocate(8)));
        int room = loop.queue.room();
        for (int round = 0; round < 3; round++) {
            byte[] before = loop.image();
            int from = loop.ring.nextAvailable();
            token.submit();
            loop.queue.publish();
            Map<String, Integer> written = writtenBytes(loop, before);
            boolean oneEntry = kind.indirect() || !kind.isPacked();
            assertThat(entries(from, loop.ring.nextAvailable())).isEqualTo(oneEntry ? 1 : 3);
            assertThat(written).as("buffers and tables stay").doesNotContainKey("elsewhere");
            if (kind.isPacked()) {
                assertThat(written.getOrDefault("descriptor area", 0))
                        .isLessThanOrEqualTo(oneEntry ? 16 : 3 * 16);
            } else if (round > 0) {
                assertThat(written).doesNotContainKey("descriptor area");
                assertThat(written.getOrDefault("driver area", 0)).isLessThanOrEqualTo(4);
            }
            assertThat(loop.step()).isTrue();
            assertThat(loop.queue.poll()).isSameAs(token);
            assertThat(loop.queue.room()).isEqualTo(room);
        }
    }

    private int entries(int from, int to) {
        return kind.isPacked() ? (to & 0x7fff) - (from & 0x7fff) : (to - from) & 0xffff;
    }

    private static Map<String, Integer> writtenBytes(Loop loop, byte[] before) {
        Map<String, Integer> written = new TreeMap<>();
        byte[] after = loop.image();
        for (int i = 0; i < after.length; i++) {
            if (before[i] != after[i]) {
                written.merge(loop.area(i), 1, Integer::sum);
            }
        }
        return written;
    }

    @Test
    void buffersAreUnreachableForTheDriverWhileInFlight() throws InterruptedException {
        Loop loop = loop();
        DmaBuffer sent = loop.memory.allocate(8);
        DmaBuffer received = loop.memory.allocate(8);
        MemorySegment before = sent.view();
        TransferToken token = loop.queue.prepare(BufferList.send(sent).receive(received));
        MemorySegment prepared = received.view();
        prepared.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        Transfer transfer = token.send();
        loop.queue.flush();
        List<Runnable> ways =
                List.of(
                        () -> sent.setByte(0, (byte) 1),
                        () -> received.byteAt(0),
                        () -> before.get(ValueLayout.JAVA_BYTE, 0),
                        () -> prepared.set(ValueLayout.JAVA_BYTE, 0, (byte) 2),
                        sent::view,
                        () -> received.view(0, 1),
                        () -> received.copyFrom(0, MemorySegment.ofArray(new byte[1])),
                        () -> sent.read(0, Request.CODEC),
                        () -> token.received(0),
                        () -> token.limitSending(0, 1),
                        () -> loop.queue.prepare(BufferList.send(sent)),
                        sent::close,
                        token::release);
        for (Runnable way : ways) {
            assertThatThrownBy(way::run).isInstanceOf(IllegalStateException.class);
        }
        loop.step();
        transfer.await(SOON);
        assertThat(received.byteAt(0)).isEqualTo((byte) ~0);
        assertThatThrownBy(() -> prepared.get(ValueLayout.JAVA_BYTE, 0))
                .as("a view stays revoked")
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsFiredAndForgottenIsFreedWhenItIsDoneAndDrainTellsWhen() throws InterruptedException {
        Loop loop = loop();
        long free = loop.free();
        for (int i = 0; i < 5; i++) {
            TransferToken token = loop.queue.prepare(BufferList.send(loop.memory.allocate(64)));
            token.submit();
            token.detach();
        }
        loop.queue.flush();
        for (int i = 0; i < 4; i++) {
            loop.step();
        }
        assertThatThrownBy(() -> loop.queue.drain(Duration.ofMillis(1)))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("1 detached transfers");
        assertThat(loop.free()).isEqualTo(free - 64);
        loop.step();
        loop.queue.drain(SOON);
        assertThat(loop.free()).isEqualTo(free);
        assertThat(loop.queue.room()).isEqualTo(Loop.SIZE);
    }

    @Test
    void prepareUncheckedTakesMemoryThatTheCallerVouchesFor() throws InterruptedException {
        Loop loop = loop();
        long free = loop.free();
        DmaBuffer question = loop.memory.allocate(8);
        DmaBuffer answer = loop.memory.allocate(8);
        question.setLong(0, 5);
        TransferToken token = loop.queue.prepareUnchecked(question.extents(), answer.extents());
        Transfer transfer = token.send();
        loop.queue.flush();
        question.setLong(0, 6); // nobody stops the caller: that is the price
        loop.step();
        transfer.await(SOON);
        assertThat(token.receivedLength(0)).isEqualTo(8);
        assertThat(answer.longAt(0)).isEqualTo(~6L);
        token.limitReceiving(0, 4);
        token.send();
        loop.queue.flush();
        assertThat(loop.take().writableBytes()).isEqualTo(4);
        assertThatThrownBy(() -> token.sending(0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> token.received(1)).isInstanceOf(IndexOutOfBoundsException.class);
        loop.control.close(false);
        assertThat(token.state())
                .as("the caller learns that he must not use it again")
                .isEqualTo(TransferState.QUARANTINED);
        answer.close();
        question.close();
        if (!kind.indirect()) { // a table is the queue's, and the device may still read it
            assertThat(loop.free()).isEqualTo(free);
        }
    }

    @Test
    void prepareUncheckedStillReservesItsRoomAndChecksWhatTheDeviceReports() {
        Loop loop = loop();
        List<Extent> run = List.of(new Extent(0x10_0000, 64));
        assertThatThrownBy(() -> loop.queue.prepareUnchecked(List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one buffer");
        TransferToken token = loop.queue.prepareUnchecked(List.of(), run);
        assertThat(loop.queue.room()).isEqualTo(Loop.SIZE - 1);
        assertThat(token.release().size()).isZero();
        assertThat(loop.queue.room()).isEqualTo(Loop.SIZE);
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
    }

    @Test
    void memoryThatTheUserBringsIsUsedWithoutACopy() throws InterruptedException {
        Loop loop = loop();
        MemorySegment mine = Arena.ofAuto().allocate(1 << 16, 4096);
        MemorySegment out = mine.asSlice(100, 8);
        MemorySegment in = mine.asSlice(5000, 8);
        for (MemorySegment stranger :
                List.of(out, MemorySegment.ofArray(new byte[8]), Arena.global().allocate(8))) {
            assertThatThrownBy(() -> loop.memory.wrap(stranger))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not in memory that the device can reach")
                    .hasMessageContaining("register their mapping with DmaMemory.register");
        }
        long free = loop.free();
        loop.memory.register(MemoryMapping.contiguous(mine, 0x8000_0000L));
        out.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 17);
        try (TransferToken token =
                loop.queue.prepare(
                        BufferList.send(loop.memory.wrap(out)).receive(loop.memory.wrap(in)))) {
            assertThat(token.sending(0).extents()).containsExactly(new Extent(0x8000_0064L, 8));
            Transfer transfer = token.send();
            loop.queue.flush();
            assertThatThrownBy(() -> token.receiving(0).longAt(0))
                    .isInstanceOf(IllegalStateException.class);
            loop.step();
            transfer.await(SOON);
        }
        assertThat(in.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isEqualTo(~17L);
        if (!kind.indirect()) {
            assertThat(loop.free()).isEqualTo(free);
        }
        MemorySegment end = mine.asSlice((1 << 16) - 8, 8);
        assertThat(loop.memory.wrap(end).extents()).containsExactly(new Extent(0x8000_fff8L, 8));
    }

    @Test
    void aBufferOfMemoryThatTheDeviceDoesNotReachIsRefused() {
        Loop loop = loop();
        DmaBuffer foreign = new Loop(kind).memory.allocate(8);
        assertThatThrownBy(() -> loop.queue.prepare(BufferList.send(foreign)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not in the memory that the device of queue 0 reaches");
        foreign.setByte(0, (byte) 1);
    }

    @Test
    void idsHave64BitsAndGoOnPastTheWrapOfTheRingsIndices() throws InterruptedException {
        Loop loop = loop();
        TransferToken token = loop.queue.prepare(BufferList.send(loop.memory.allocate(8)));
        Transfer first = token.send();
        loop.queue.flush();
        loop.step();
        first.await(SOON);
        assertThat(first.id()).isEqualTo(1);
        int rounds = 2 * 65536;
        for (int i = 0; i < rounds; i++) {
            assertThat(token.submit()).isEqualTo(i + 2);
            loop.queue.flush();
            loop.step();
            assertThat(loop.queue.poll()).isSameAs(token);
        }
        assertThat(token.id()).isEqualTo(rounds + 1);
        // Its index in the ring is the same again, and still nobody takes it for this sending.
        assertThatThrownBy(first::poll)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("stale handle: sending 1 of transfer #");
    }

    /** What VIRTIO_F_NOTIFICATION_DATA sends: 15 bits of a place, and one bit above them. */
    @Test
    @Clause("2.9")
    void theDoorbellTellsWhereTheNextEntryWillBe() {
        Loop loop = loop();
        TransferToken token = loop.queue.prepare(BufferList.send(loop.memory.allocate(8)));
        int position = 0;
        boolean wrap = true;
        for (int i = 1; i <= 70_000; i++) {
            token.submit();
            loop.queue.publish();
            loop.queue.notifyDevice();
            if (++position == Loop.SIZE) {
                position = 0;
                wrap = !wrap;
            }
            int expected = kind.isPacked() ? position | (wrap ? 1 << 15 : 0) : i & 0xffff;
            assertThat(loop.rung).isEqualTo(expected);
            loop.step();
            assertThat(loop.queue.poll()).isSameAs(token);
        }
    }
}
