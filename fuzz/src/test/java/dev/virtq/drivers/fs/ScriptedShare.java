package dev.virtq.drivers.fs;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.fuzz.Must;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.split.SplitFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A file system device whose rings are honest, and whose answers are anything. It serves a request
 * when it is told of it, in the thread that tells: a program runs the same way each time.
 */
final class ScriptedShare implements Transport {
    private static final int QUEUES = 3; // one for high priority, two for requests
    private static final int QUEUE_SIZE = 64;
    private static final MemorySegment BYTES = Arena.global().allocate(4 << 20, 4096);

    /** Whoever waits looks at the ring first, and everything is there by then. */
    private static final Interrupt NONE =
            new Interrupt() {
                @Override
                public boolean poll() {
                    return false;
                }

                @Override
                public boolean await(long nanos) throws InterruptedException {
                    Thread.sleep(1);
                    return false;
                }
            };

    private final DmaMemory memory = new DmaMemory(MemoryMapping.contiguous(BYTES, 0x10_0000));
    private final Map<Integer, DeviceRing> rings = new HashMap<>();
    private final ScriptedAnswers answers;
    private FeatureSet accepted = FeatureSet.EMPTY;
    private int status;

    ScriptedShare(ScriptedAnswers answers) {
        this.answers = answers;
    }

    private synchronized void serve(int queue) {
        DeviceRing ring = rings.get(queue);
        while (ring != null && ring.take()) {
            int length = (int) ring.chain().readableBytes();
            byte[] request = new byte[length];
            ring.chain().read(0, MemorySegment.ofArray(request));
            long room = ring.chain().writableBytes();
            if (queue == 0) {
                answers.hear(request);
                ring.use(ring.chain().id(), 0);
                continue;
            }
            Optional<byte[]> answer = answers.answer(request, room);
            if (answer.isPresent()) {
                long written = ring.chain().write(0, MemorySegment.ofArray(answer.get()));
                ring.use(ring.chain().id(), written);
            }
        }
        if (ring != null) {
            ring.publish();
        }
    }

    /** Does something as nobody else does, in case a thread of the driver's tells something. */
    synchronized <T> T calmly(Supplier<T> action) {
        return action.get();
    }

    @Override
    public DeviceType deviceType() {
        return DeviceType.FILE_SYSTEM;
    }

    @Override
    public String name() {
        return "script";
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public int readStatus() {
        return status;
    }

    @Override
    public synchronized void writeStatus(int written) {
        status = written;
        if (written == 0) {
            rings.clear();
        }
    }

    @Override
    public FeatureSet readOfferedFeatures() {
        return FeatureSet.of(CommonFeature.VERSION_1);
    }

    @Override
    public void writeAcceptedFeatures(FeatureSet features) {
        accepted = features;
    }

    @Override
    public FeatureSet servedFeatures() {
        return FeatureSet.EMPTY;
    }

    @Override
    public int queueCount() {
        return QUEUES;
    }

    @Override
    public int maxQueueSize(int queue) {
        return QUEUE_SIZE;
    }

    @Override
    public synchronized QueueConnection enableQueue(int queue, QueueSetup setup) {
        rings.put(queue, new SplitFormat().createDeviceEnd(setup, accepted, memory));
        return new QueueConnection(next -> serve(queue), NONE);
    }

    @Override
    public void resetQueue(int queue) {
        throw new AssertionError("nobody asks for that");
    }

    @Override
    public ConfigSpace configSpace() {
        return new Configuration();
    }

    @Override
    public Interrupt configInterrupt() {
        return NONE;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return Optional.empty();
    }

    @Override
    public void close() {
        Must.hold(status == 0, "let go of without a reset", status);
    }

    /** A tag, and two request queues. */
    private static final class Configuration implements ConfigSpace {
        @Override
        public int length() {
            return 40;
        }

        @Override
        public int generation() {
            return 0;
        }

        @Override
        public byte readByte(int offset) {
            return (byte) (offset == 0 ? 'f' : offset == 1 ? 's' : offset == 36 ? 2 : 0);
        }

        @Override
        public short readShort(int offset) {
            return (short) ((readByte(offset) & 0xff) | (readByte(offset + 1) & 0xff) << 8);
        }

        @Override
        public int readInt(int offset) {
            return (readShort(offset) & 0xffff) | (readShort(offset + 2) & 0xffff) << 16;
        }

        @Override
        public void writeByte(int offset, byte value) {
            throw new AssertionError("5.11.4.1#1");
        }

        @Override
        public void writeShort(int offset, short value) {
            throw new AssertionError("5.11.4.1#1");
        }

        @Override
        public void writeInt(int offset, int value) {
            throw new AssertionError("5.11.4.1#1");
        }
    }
}
