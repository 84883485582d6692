package dev.virtq.machine.sim.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.SimShare;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A driver of a file system device that knows the layout of a request's header, and no more: what
 * is in a request is the test's to say.
 */
final class RawFuse implements AutoCloseable {
    static final long ROOT = 1;
    static final int NEWEST = 45;

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final int ROOM = 70_000;

    /** Which of the two rings. */
    enum Ring {
        SPLIT,
        PACKED
    }

    /** The only feature of the type. */
    enum FsFeature implements Feature {
        NOTIFICATION;

        @Override
        public int bit() {
            return 0;
        }
    }

    final SimMachine machine;
    final VirtioDevice device;
    final SimShare share;
    final List<Virtqueue> queues = new ArrayList<>();
    private int firstRequestQueue = 1;
    private int user;
    private int extensions;
    private long unique;

    RawFuse(SimFileSystem served, Ring ring) {
        this(served, ring, FeatureSet.EMPTY);
    }

    RawFuse(SimFileSystem served, Ring ring, FeatureSet refused) {
        machine = SimMachine.builder().memory(8 << 20).device(served).start();
        share = machine.share("fs0");
        device = VirtioDevice.open(machine.transport(DeviceType.FILE_SYSTEM));
        device.negotiate(
                List.of(FsFeature.values()),
                ring == Ring.PACKED ? refused : refused.with(CommonFeature.RING_PACKED));
        assertThat(device.has(CommonFeature.RING_PACKED)).isEqualTo(ring == Ring.PACKED);
        assertThat(device.has(CommonFeature.IN_ORDER)).isFalse();
        if (device.has(FsFeature.NOTIFICATION)) {
            firstRequestQueue = 2;
        }
        int count =
                firstRequestQueue
                        + device.config().bytes(36, 4).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        for (int i = 0; i < count; i++) {
            queues.add(device.queue(i));
        }
        device.start();
    }

    /** One that has said INIT, with the newest version and some flags. */
    static RawFuse mounted(SimFileSystem served, Ring ring, long flags) {
        RawFuse fuse = new RawFuse(served, ring);
        fuse.init(NEWEST, flags).ok();
        return fuse;
    }

    Reply init(int minor, long flags) {
        return call(
                26,
                0,
                Message.empty()
                        .u32(7)
                        .u32(minor)
                        .u32(1 << 17)
                        .u32((int) flags | 1 << 30)
                        .u32((int) (flags >>> 32))
                        .zeros(44));
    }

    /** Who asks from now on. */
    RawFuse as(int newUser) {
        user = newUser;
        return this;
    }

    /** How many bytes of extensions requests say that they have, from now on. */
    RawFuse tellingOf(int bytes) {
        extensions = bytes;
        return this;
    }

    int user() {
        return user;
    }

    long lastUnique() {
        return unique;
    }

    Reply call(int opcode, long node, Message fields) {
        return call(firstRequestQueue, opcode, node, fields);
    }

    Reply call(int queue, int opcode, long node, Message fields) {
        return start(queue, opcode, node, fields, ROOM).reply();
    }

    Pending start(int opcode, long node, Message fields) {
        return start(firstRequestQueue, opcode, node, fields, ROOM);
    }

    Pending start(int queue, int opcode, long node, Message fields, int room) {
        DmaBuffer request = request(opcode, node, fields);
        BufferList buffers = BufferList.send(request);
        if (room > 0) {
            buffers = buffers.receive(device.memory().allocate(room));
        }
        TransferToken token = queues.get(queue).prepare(buffers);
        Transfer transfer = token.send();
        queues.get(queue).flush();
        return new Pending(token, transfer, unique, room);
    }

    /** A request on the high-priority queue; returns when the device has taken it. */
    void tell(int opcode, long node, Message fields) {
        start(0, opcode, node, fields, 0).done();
    }

    private DmaBuffer request(int opcode, long node, Message fields) {
        byte[] body = fields.toBytes();
        byte[] bytes =
                Message.empty()
                        .u32(40 + body.length)
                        .u32(opcode)
                        .u64(++unique)
                        .u64(node)
                        .u32(user)
                        .u32(user)
                        .u32(4711)
                        .u32(extensions / 8)
                        .bytes(body)
                        .toBytes();
        DmaBuffer buffer = device.memory().allocate(bytes.length);
        buffer.copyFrom(0, MemorySegment.ofArray(bytes));
        return buffer;
    }

    /** A request that was sent. */
    record Pending(TransferToken token, Transfer transfer, long unique, int room) {
        boolean isDone() {
            return transfer.poll();
        }

        void done() {
            try {
                transfer.await(LONG);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /** Waits, and gives the memory back. */
        byte[] bytes() {
            done();
            byte[] bytes = token.received(0).toArray(ValueLayout.JAVA_BYTE);
            BufferList buffers = token.release();
            buffers.sent().forEach(DmaBuffer::close);
            buffers.received().forEach(DmaBuffer::close);
            return bytes;
        }

        Reply reply() {
            Reply reply = new Reply(bytes());
            assertThat(reply.length()).as("length").isEqualTo(reply.all.length);
            assertThat(reply.unique()).as("unique").isEqualTo(unique);
            return reply;
        }
    }

    String fault() {
        return machine.details().getOrDefault("last driver fault", "none");
    }

    @Override
    public void close() {
        try {
            device.close();
        } finally {
            machine.close();
        }
    }
}
