package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.fuse.FuseRequest;
import dev.virtq.machine.sim.fuse.FuseServer;
import dev.virtq.machine.sim.fuse.LateAnswer;
import dev.virtq.memory.RegionMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.transport.vhostuser.posix.PageWindow;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A file system device (virtio 1.4, section 5.11): a high-priority queue, a notification queue
 * where that was negotiated, and request queues, which take turns.
 *
 * <p>A request that has to wait keeps its chain, and others are served. So chains are not used in
 * the order in which they came, and VIRTIO_F_IN_ORDER is not offered.
 */
final class FileSystemBehaviour implements DeviceBehaviour {
    private static final int HIGH_PRIORITY = 0;
    private static final int NOTIFICATION = 1;

    /** Section 5.11.3. */
    private static final int FEATURE_NOTIFICATION = 0;

    // struct virtio_fs_config, section 5.11.4.
    private static final int TAG_LENGTH = 36;
    private static final int NUM_REQUEST_QUEUES = 36;
    private static final int NOTIFY_BUF_SIZE = 40;

    /** Bytes of {@code struct fuse_out_header}. */
    private static final int ANSWER_HEADER = 16;

    /** More than the fields of any request, with an extended attribute among them. */
    private static final long LARGEST_FIELDS = 128 << 10;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final FileSystemSettings settings;
    private final FuseServer server;
    private final Conduct conduct;
    private final @Nullable RegionMemory window;
    private final ConfigBytes config;
    private final Map<Long, KeptChain> kept = new HashMap<>();
    private final Queue<byte[]> notifications = new ConcurrentLinkedQueue<>();
    private long lastTicket;
    private boolean notifies;
    private int turn;

    FileSystemBehaviour(
            FileSystemSettings settings,
            FuseServer server,
            Conduct conduct,
            @Nullable PageWindow window) {
        this.settings = settings;
        this.server = server;
        this.conduct = conduct;
        this.window = window == null ? null : new WindowMemory(window);
        boolean offers = settings.notifyBufferSize() > 0;
        config = new ConfigBytes(offers ? NOTIFY_BUF_SIZE + 4 : NOTIFY_BUF_SIZE, "5.11.4.1#1");
        byte[] tag = settings.tag().getBytes(StandardCharsets.UTF_8);
        config.change(fields -> {
            MemorySegment.copy(tag, 0, fields, ValueLayout.JAVA_BYTE, 0, tag.length);
            fields.asSlice(tag.length, TAG_LENGTH - (long) tag.length).fill((byte) 0);
            fields.set(INT, NUM_REQUEST_QUEUES, settings.requestQueues());
            if (offers) {
                fields.set(INT, NOTIFY_BUF_SIZE, settings.notifyBufferSize());
            }
            conduct.mischief().fileSystemConfig(fields);
        });
    }

    @Override
    public DeviceType type() {
        return DeviceType.FILE_SYSTEM;
    }

    @Override
    public FeatureSet features() {
        return settings.notifyBufferSize() > 0
                ? FeatureSet.EMPTY.withBit(FEATURE_NOTIFICATION)
                : FeatureSet.EMPTY;
    }

    @Override
    public FeatureSet unfit() {
        return FeatureSet.of(CommonFeature.IN_ORDER);
    }

    /** As many as there are with a notification queue, where that is offered. */
    @Override
    public int queueCount() {
        return settings.requestQueues() + (settings.notifyBufferSize() > 0 ? 2 : 1);
    }

    @Override
    public ConfigBytes config() {
        return config;
    }

    /** The DAX window (5.11.6.4.1#2). */
    @Override
    public @Nullable RegionMemory sharedMemory() {
        return window;
    }

    @Override
    public void begin(FeatureSet accepted) {
        notifies = accepted.containsBit(FEATURE_NOTIFICATION);
    }

    @Override
    public void reset() {
        server.end();
        kept.clear();
        notifications.clear();
        notifies = false;
    }

    /** Has the driver told something, when it has a buffer for it. */
    void tell(byte[] notification) {
        notifications.add(notification);
    }

    /** What waits for nothing goes first, and the high-priority queue before the others. */
    @Override
    public boolean step(Queues queues) {
        return answerLate(queues)
                || hear(queues.at(HIGH_PRIORITY))
                || (notifies && tellNext(queues.at(NOTIFICATION)))
                || serveNext(queues);
    }

    private boolean answerLate(Queues queues) {
        LateAnswer late = server.nextLate();
        if (late == null) {
            return false;
        }
        KeptChain chain = kept.remove(late.ticket());
        if (chain != null && queues.at(chain.index()) == chain.queue()) { // it was not reset
            chain.answer(conduct.mischief().fuseAnswer(chain.opcode(), late.bytes()));
        }
        return true;
    }

    private boolean hear(@Nullable QueueEnd queue) {
        if (queue == null || !queue.take()) {
            return false;
        }
        FuseRequest request = read(queue.chain());
        if (!request.isHighPriority()) {
            throw new DriverFaultException(request + " on the high-priority queue", "5.11.6.2.2#2");
        }
        server.hear(request);
        queue.use(0);
        return true;
    }

    private boolean tellNext(@Nullable QueueEnd queue) {
        byte[] next = notifications.peek();
        if (next == null || queue == null || !queue.take()) {
            return false;
        }
        long room = queue.chain().writableBytes();
        if (room < settings.notifyBufferSize()) {
            throw new DriverFaultException(
                    "a buffer of %d bytes on the notification queue (expected: %d or more)"
                            .formatted(room, settings.notifyBufferSize()),
                    "5.11.6.3.1#1");
        }
        notifications.remove();
        byte[] told = conduct.mischief().fuseNotification(next);
        queue.use(queue.chain().write(0, MemorySegment.ofArray(told)));
        return true;
    }

    private boolean serveNext(Queues queues) {
        int first = notifies ? NOTIFICATION + 1 : NOTIFICATION;
        for (int i = 0; i < settings.requestQueues(); i++) {
            turn = turn + 1 >= settings.requestQueues() ? 0 : turn + 1;
            QueueEnd queue = queues.at(first + turn);
            if (queue != null && queue.take()) {
                serve(first + turn, queue);
                return true;
            }
        }
        return false;
    }

    private void serve(int index, QueueEnd queue) {
        DeviceChain chain = queue.chain();
        FuseRequest request = read(chain);
        if (request.isHighPriority()) {
            throw new DriverFaultException(
                    "%s on request queue %d".formatted(request, index), "5.11.6.2.2#1");
        }
        long room = chain.writableBytes();
        if (room < ANSWER_HEADER) {
            throw new DriverFaultException(
                    "%s with room for %d bytes of answer (expected: %d or more)"
                            .formatted(request, room, ANSWER_HEADER),
                    "5.11.6");
        }
        byte[] answer = server.serve(request, room - ANSWER_HEADER, ++lastTicket);
        if (answer == null) {
            kept.put(lastTicket, KeptChain.keep(index, queue, request.number()));
            return;
        }
        if (answer.length > room) {
            throw new DriverFaultException(
                    "%s with room for %d bytes of answer (it has %d)"
                            .formatted(request, room, answer.length),
                    "5.11.6");
        }
        byte[] told = conduct.mischief().fuseAnswer(request.number(), answer);
        queue.use(chain.write(0, MemorySegment.ofArray(told)));
    }

    /** Copies a request out of memory that the driver can write. */
    private FuseRequest read(DeviceChain chain) {
        long most = Math.max(settings.server().largestWrite(), LARGEST_FIELDS) + LARGEST_FIELDS;
        if (chain.readableBytes() > most) { // a table may name the same memory again and again
            throw new DriverFaultException(
                    "a FUSE request of %d bytes (expected: %d or less)"
                            .formatted(chain.readableBytes(), most),
                    "5.11.6");
        }
        byte[] copy = new byte[(int) chain.readableBytes()];
        chain.read(0, MemorySegment.ofArray(copy));
        return new FuseRequest(copy);
    }
}
