package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.FileDescriptor;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.MessageStream;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A front end that says what it is told to, with no opinion. Its own addresses for memory are not
 * those of the device.
 */
final class BareFrontEnd implements AutoCloseable {
    static final long USER = 0x7f00_0000_0000L;

    private static final int REGION_BYTES = 1 << 20;
    private static final List<Extent> REGIONS =
            List.of(new Extent(0x10_0000, REGION_BYTES), new Extent(0x80_0000, REGION_BYTES));

    private final Arena arena = Arena.ofShared();
    private final UnixSocket socket;
    private final MessageStream stream;
    private final MemoryFile file;
    private final DmaMemory memory;
    private final EventFd kick;
    private final EventFd call;

    BareFrontEnd(Path path) throws IOException {
        socket = UnixSocket.connect(path);
        stream = new MessageStream(socket, Duration.ofSeconds(10));
        file = MemoryFile.create(2 * REGION_BYTES, false);
        memory = new DmaMemory(new MemoryMapping(file.map(2 * REGION_BYTES), REGIONS));
        kick = EventFd.create();
        call = EventFd.create();
    }

    DmaMemory memory() {
        return memory;
    }

    EventFd kick() {
        return kick;
    }

    EventFd call() {
        return call;
    }

    MemoryFile file() {
        return file;
    }

    Message message(Request request, int bytes) {
        return Message.of(arena, request.number(), bytes);
    }

    Message ask(Message question) throws IOException {
        stream.send(question, List.of());
        return receive();
    }

    long ask(Request request) throws IOException {
        return ask(message(request, 0)).u64(0);
    }

    /** {@return the status with which the back end confirms it} */
    long tell(Message message, FileDescriptor... descriptors) throws IOException {
        message.wantReply();
        stream.send(message, List.of(descriptors));
        return receive().u64(0);
    }

    long tell(Request request, long value, FileDescriptor... descriptors) throws IOException {
        return tell(message(request, 8).u64(0, value), descriptors);
    }

    long tell(Request request, int first, int second) throws IOException {
        return tell(message(request, 8).u32(0, first).u32(4, second));
    }

    /** Agrees on confirmations, without which {@link #tell} gets no answer. */
    void meet() throws IOException {
        Message chosen =
                message(Request.SET_PROTOCOL_FEATURES, 8).u64(0, ProtocolFeature.REPLY_ACK.mask());
        stream.send(chosen, List.of());
        assertThat(tell(message(Request.SET_OWNER, 0))).isZero();
    }

    /** Tells of memory, as it is. */
    long share() throws IOException {
        Message table = message(Request.SET_MEM_TABLE, 8 + 32 * REGIONS.size());
        table.u32(0, REGIONS.size());
        for (int i = 0; i < REGIONS.size(); i++) {
            describe(table, 8 + 32 * i, REGIONS.get(i), (long) i * REGION_BYTES);
        }
        return tell(table, file, file);
    }

    /** Tells of one region, which may be none. */
    long share(Extent region, long offset) throws IOException {
        Message table = message(Request.SET_MEM_TABLE, 8 + 32).u32(0, 1);
        describe(table, 8, region, offset);
        return tell(table, file);
    }

    private static void describe(Message table, int at, Extent region, long offset) {
        table.u64(at, region.address())
                .u64(at + 8, region.length())
                .u64(at + 16, USER + region.address())
                .u64(at + 24, offset);
    }

    private Message receive() throws IOException {
        try (ReceivedDescriptors none = new ReceivedDescriptors()) {
            return stream.receive(arena, 4096, none);
        }
    }

    @Override
    public void close() {
        socket.close();
        file.close();
        kick.close();
        call.close();
        arena.close();
    }
}
