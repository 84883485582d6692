package dev.virtq.benchmarks;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.RingFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * A network device that does next to nothing: it uses what the driver gives it, so that what is
 * measured is the driver. It has no thread, and no configuration space.
 */
final class NetLoop implements Transport, ConfigSpace {
    private static final int QUEUE_SIZE = 256;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;

    private final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(8 << 20, 4096), 1L << 32));
    private final RingFormat format;
    private final FeatureSet offered;
    private final DeviceRing[] rings = new DeviceRing[2];
    private FeatureSet accepted = FeatureSet.EMPTY;
    private int status;

    /** How often the device was notified. */
    long notifications;

    NetLoop(String formatName, FeatureSet more) {
        format = Formats.named(formatName);
        offered = Formats.choosing(formatName).union(more);
    }

    /** Uses all frames that were sent. {@return how many} */
    int takeSent() {
        DeviceRing ring = Objects.requireNonNull(rings[TRANSMIT]);
        int taken = 0;
        while (ring.take()) {
            ring.use(ring.chain().id(), 0);
            taken++;
        }
        finish(ring, taken);
        return taken;
    }

    /**
     * Delivers frames; what is in them is what is in the buffers.
     *
     * @param count how many
     * @param length of each, with its header
     * @return how many buffers there were for them
     */
    int deliver(int count, int length) {
        DeviceRing ring = Objects.requireNonNull(rings[RECEIVE]);
        int given = 0;
        while (given < count && ring.take()) {
            ring.use(ring.chain().id(), length);
            given++;
        }
        finish(ring, given);
        return given;
    }

    /** Writes a header once into each buffer, where it stays. */
    void deliverHeaders(int count, MemorySegment header) {
        DeviceRing ring = Objects.requireNonNull(rings[RECEIVE]);
        for (int i = 0; i < count && ring.take(); i++) {
            ring.chain().write(0, header);
            ring.use(ring.chain().id(), header.byteSize());
        }
        ring.publish();
    }

    private static void finish(DeviceRing ring, int used) {
        if (used > 0) {
            ring.publish();
            ring.driverWantsNotification();
        }
    }

    @Override
    public DeviceType deviceType() {
        return DeviceType.NETWORK;
    }

    @Override
    public String name() {
        return "loop";
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
    public void writeStatus(int written) {
        status = written;
    }

    @Override
    public FeatureSet readOfferedFeatures() {
        return offered;
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
        return rings.length;
    }

    @Override
    public int maxQueueSize(int queue) {
        return QUEUE_SIZE;
    }

    @Override
    public QueueConnection enableQueue(int queue, QueueSetup setup) {
        DeviceRing ring = format.createDeviceEnd(setup, accepted, memory);
        ring.disableNotifications();
        rings[queue] = ring;
        return new QueueConnection(next -> notifications++, Loop.NOBODY);
    }

    @Override
    public void resetQueue(int queue) {
        throw new UnsupportedOperationException("RING_RESET is not offered");
    }

    @Override
    public ConfigSpace configSpace() {
        return this;
    }

    @Override
    public Interrupt configInterrupt() {
        return Loop.NOBODY;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return Optional.empty();
    }

    @Override
    public void close() {}

    @Override
    public int length() {
        return 0;
    }

    @Override
    public int generation() {
        return 0;
    }

    @Override
    public byte readByte(int offset) {
        throw new UnsupportedOperationException("there is no configuration space");
    }

    @Override
    public short readShort(int offset) {
        throw new UnsupportedOperationException("there is no configuration space");
    }

    @Override
    public int readInt(int offset) {
        throw new UnsupportedOperationException("there is no configuration space");
    }

    @Override
    public void writeByte(int offset, byte value) {
        throw new UnsupportedOperationException("there is no configuration space");
    }

    @Override
    public void writeShort(int offset, short value) {
        throw new UnsupportedOperationException("there is no configuration space");
    }

    @Override
    public void writeInt(int offset, int value) {
        throw new UnsupportedOperationException("there is no configuration space");
    }
}
