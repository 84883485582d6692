package dev.virtq.transport.vhostuser.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.io.EOFException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages, as bytes and back. */
@Timeout(30)
class MessageStreamTest {
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final Arena arena = Arena.ofConfined();
    private final ReceivedDescriptors descriptors = new ReceivedDescriptors();
    private final List<UnixSocket> pair;
    private final MessageStream near;
    private final MessageStream far;

    MessageStreamTest() throws Exception {
        pair = UnixSocket.pair();
        near = new MessageStream(pair.get(0), PATIENCE);
        far = new MessageStream(pair.get(1), PATIENCE);
    }

    @AfterEach
    void close() throws Exception {
        pair.forEach(UnixSocket::close);
        descriptors.close();
        arena.close();
    }

    @Test
    void aMessageHasTwelveBytesOfHeader() {
        Message message = Message.of(arena, 0x11, 16).u32(0, 0x01020304).u64(8, 0x1122L);
        byte[] bytes = message.bytes().toArray(ValueLayout.JAVA_BYTE);
        assertThat(bytes)
                .hasSize(28)
                .startsWith(0x11, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 4, 3, 2, 1);
        assertThat(bytes[20]).isEqualTo((byte) 0x22);
        assertThat(message.isReply() || message.wantsReply()).isFalse();
        message.wantReply();
        assertThat(message.flags()).isEqualTo(1 | 8);
        assertThat(message.asReply().flags()).isEqualTo(1 | 4);
        assertThat(message.claim(-1).size()).isEqualTo(0xffff_ffffL);
    }

    @Test
    void whatIsSentIsReceived() throws Exception {
        near.send(Message.of(arena, 5, 8).u64(0, 42), List.of());
        near.send(Message.of(arena, 6, 0), List.of());
        Message first = far.receive(arena, 8, descriptors);
        assertThat(first.request()).isEqualTo(5);
        assertThat(first.u64(0)).isEqualTo(42);
        Message second = far.receive(arena, 8, descriptors);
        assertThat(second.request()).isEqualTo(6);
        assertThat(second.payload().byteSize()).isZero();
    }

    @Test
    void aMessageMayComeInPieces() throws Exception {
        byte[] bytes = Message.of(arena, 5, 8).u64(0, 42).bytes().toArray(ValueLayout.JAVA_BYTE);
        Thread slow =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                for (byte each : bytes) {
                                    try (Arena own = Arena.ofConfined()) {
                                        pair.get(0)
                                                .send(
                                                        own.allocateFrom(
                                                                ValueLayout.JAVA_BYTE, each),
                                                        List.of());
                                    }
                                    Thread.sleep(1);
                                }
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        });
        assertThat(far.receive(arena, 8, descriptors).u64(0)).isEqualTo(42);
        slow.join();
    }

    @Test
    void nobodyIsWaitedForLongerThanPatienceLasts() throws Exception {
        pair.get(0).send(arena.allocate(11), List.of());
        long start = System.nanoTime();
        assertThatThrownBy(() -> far.receive(arena, 8, descriptors))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessageContaining("nobody sends a message within 100 ms");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(PATIENCE, PATIENCE.multipliedBy(20));
    }

    @Test
    void nobodyIsWaitedForWhoDoesNotRead() {
        Message large = Message.of(arena, 5, 4 << 20);
        assertThatThrownBy(() -> near.send(large, List.of()))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessageContaining("nobody takes a message within 100 ms");
    }

    @Test
    void anEndInTheMiddleIsAnEnd() throws Exception {
        pair.get(0).send(arena.allocate(11), List.of());
        pair.get(0).close();
        assertThatThrownBy(() -> far.receive(arena, 8, descriptors))
                .isInstanceOf(EOFException.class)
                .hasMessageContaining("closed at the other end");
    }

    @Test
    void aPayloadThatIsTooLongIsNotReceived() throws Exception {
        near.send(Message.of(arena, 5, 9), List.of());
        assertThatThrownBy(() -> far.receive(arena, 8, descriptors))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("message 5 has 9 bytes (expected: at most 8)");
    }

    @Test
    void anotherVersionIsNotReceived() throws Exception {
        near.send(Message.of(arena, 5, 0).flags(2), List.of());
        assertThatThrownBy(() -> far.receive(arena, 8, descriptors))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("message 5 has version 2 (expected: 1)");
    }
}
