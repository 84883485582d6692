package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.SimNetwork;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A network device (virtio 1.4, section 5.1) with one pair of queues, no offloads and no control
 * queue.
 *
 * <p>It has its own idea of the virtio-net header, which no driver shares: a mistake in one of them
 * does not cancel itself in the other.
 */
final class NetBehaviour implements DeviceBehaviour {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;

    // Section 5.1.3.
    private static final int FEATURE_MTU = 3;
    private static final int FEATURE_MAC = 5;
    private static final int FEATURE_MRG_RXBUF = 15;
    private static final int FEATURE_STATUS = 16;

    // struct virtio_net_config, section 5.1.4, up to and with mtu.
    private static final int CONFIG_STATUS = 6;
    private static final int CONFIG_MTU = 10;
    private static final int CONFIG_LENGTH = 12;
    private static final int LINK_UP = 1;

    // struct virtio_net_hdr, section 5.1.9.
    private static final int HEADER = 12;
    private static final int FLAGS = 0;
    private static final int GSO_TYPE = 1;
    private static final int NUM_BUFFERS = 10;
    private static final int FLAG_NEEDS_CSUM = 1;

    private static final int ETHERNET_HEADER = 14;
    private static final int LONGEST_FRAME = 0xffff + ETHERNET_HEADER;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final SimNetwork network;
    private final Conduct conduct;
    private final int mtu;
    private final ConfigBytes config;
    private final FrameBacklog backlog;
    private final MemorySegment receivedHeader = MemorySegment.ofArray(new byte[HEADER]);
    private final MemorySegment receivedTogether =
            MemorySegment.ofArray(new byte[HEADER + LONGEST_FRAME]);
    private final MemorySegment sentHeader = MemorySegment.ofArray(new byte[HEADER]);
    private final MemorySegment sentFrame = MemorySegment.ofArray(new byte[LONGEST_FRAME]);
    private volatile boolean linkUp = true;
    private final MergedBuffers merged = new MergedBuffers();
    private @Nullable QueueEnd mergedFor;
    private int longestSent = LONGEST_FRAME;
    private boolean merging;

    NetBehaviour(NetSettings settings, FrameBacklog backlog, Conduct conduct) {
        this.conduct = conduct;
        network = settings.network();
        mtu = settings.mtu();
        this.backlog = backlog;
        config = new ConfigBytes(CONFIG_LENGTH, "5.1.4.2#1");
        config.change(fields -> {
            for (int i = 0; i < CONFIG_STATUS; i++) {
                byte part = (byte) (settings.mac() >>> (8 * (CONFIG_STATUS - 1 - i)));
                fields.set(ValueLayout.JAVA_BYTE, i, part);
            }
            fields.set(SHORT, CONFIG_STATUS, (short) LINK_UP);
            fields.set(SHORT, CONFIG_MTU, (short) mtu);
            conduct.mischief().config(fields);
        });
    }

    @Override
    public DeviceType type() {
        return DeviceType.NETWORK;
    }

    @Override
    public FeatureSet features() {
        return FeatureSet.EMPTY
                .withBit(FEATURE_MTU)
                .withBit(FEATURE_MAC)
                .withBit(FEATURE_MRG_RXBUF)
                .withBit(FEATURE_STATUS);
    }

    @Override
    public int queueCount() {
        return 2;
    }

    @Override
    public ConfigBytes config() {
        return config;
    }

    @Override
    public void begin(FeatureSet accepted) {
        longestSent = accepted.containsBit(FEATURE_MTU) ? mtu + ETHERNET_HEADER : LONGEST_FRAME;
        merging = accepted.containsBit(FEATURE_MRG_RXBUF);
    }

    @Override
    public void reset() {
        backlog.clear();
        merged.clear();
        merging = false;
        longestSent = LONGEST_FRAME;
    }

    void setLinkUp(boolean up) {
        linkUp = up;
        config.change(fields -> fields.set(SHORT, CONFIG_STATUS, (short) (up ? LINK_UP : 0)));
    }

    @Override
    public boolean step(Queues queues) {
        QueueEnd receive = queues.at(RECEIVE);
        QueueEnd transmit = queues.at(TRANSMIT);
        return (receive != null && (merging ? receiveMerged(receive) : receiveOne(receive)))
                || (transmit != null && transmitOne(transmit));
    }

    private boolean receiveOne(QueueEnd queue) {
        MemorySegment frame = backlog.first();
        if (frame == null || !queue.take()) {
            return false;
        }
        DeviceChain chain = queue.chain();
        if (chain.writableBytes() < HEADER) {
            throw new DriverFaultException(
                    "a receive buffer of %d bytes has no room for the header of %d"
                            .formatted(chain.writableBytes(), HEADER),
                    "5.1.9.3.1");
        }
        long length = HEADER + frame.byteSize();
        if (!linkUp || chain.writableBytes() < length) {
            backlog.dropFirst(); // the buffer is kept for a frame that fits
            return true;
        }
        backlog.removeFirst();
        makeHeader(1); // 5.1.9.4.1#1
        chain.write(0, receivedHeader);
        chain.write(HEADER, frame);
        queue.use(length);
        return true;
    }

    /** A frame waits until there are buffers for all of it; they are used together. */
    private boolean receiveMerged(QueueEnd queue) {
        if (mergedFor != queue) { // it was reset alone: what was taken of it is the driver's again
            mergedFor = queue;
            merged.clear();
        }
        MemorySegment frame = backlog.first();
        if (frame == null) {
            return false;
        }
        long longest = HEADER + mtu + (long) ETHERNET_HEADER;
        if (!linkUp || HEADER + frame.byteSize() > longest) {
            backlog.dropFirst(); // 5.1.4.1#5
            return true;
        }
        if (!merged.collect(queue, HEADER + frame.byteSize())) {
            return false;
        }
        if (merged.firstRoom() < HEADER) {
            throw new DriverFaultException(
                    "a mergeable receive buffer of %d bytes has no room for the header of %d"
                            .formatted(merged.firstRoom(), HEADER),
                    "5.1.9.3.1#3");
        }
        backlog.removeFirst();
        makeHeader(merged.countFor(HEADER + frame.byteSize())); // 5.1.9.4.1#2
        MemorySegment together = receivedTogether.asSlice(0, HEADER + frame.byteSize());
        together.copyFrom(receivedHeader).asSlice(HEADER).copyFrom(frame);
        merged.fill(queue, together);
        return true;
    }

    private void makeHeader(int buffers) {
        receivedHeader.fill((byte) 0);
        receivedHeader.set(SHORT, NUM_BUFFERS, (short) buffers);
        conduct.mischief().receivedHeader(receivedHeader);
    }

    private boolean transmitOne(QueueEnd queue) {
        if (!queue.take()) {
            return false;
        }
        MemorySegment frame = readSent(queue.chain());
        queue.use(0);
        if (linkUp) {
            network.accept(frame, backlog::add);
        }
        return true;
    }

    /** Copies header and frame out of memory that the driver can write, and checks the copy. */
    private MemorySegment readSent(DeviceChain chain) {
        long length = chain.readableBytes() - HEADER;
        if (length < 0 || length > longestSent) {
            throw new DriverFaultException(
                    "a packet of %d bytes with its header (expected: %d..%d)"
                            .formatted(chain.readableBytes(), HEADER, HEADER + (long) longestSent),
                    length < 0 ? "5.1.9.2.1#1" : "5.1.4.2#8");
        }
        chain.read(0, sentHeader);
        int flags = sentHeader.get(ValueLayout.JAVA_BYTE, FLAGS);
        int gsoType = sentHeader.get(ValueLayout.JAVA_BYTE, GSO_TYPE) & 0xff;
        int buffers = sentHeader.get(SHORT, NUM_BUFFERS) & 0xffff;
        if ((flags & FLAG_NEEDS_CSUM) != 0) { // other flags are ignored: 5.1.9.2.2#1
            throw new DriverFaultException(
                    "NEEDS_CSUM is set, and CSUM was not accepted", "5.1.9.2.1#3");
        }
        if (gsoType != 0) {
            throw new DriverFaultException(
                    "gso_type is 0x%02x, and no segmentation was accepted".formatted(gsoType),
                    "5.1.9.2.1#21");
        }
        if (buffers != 0) {
            throw new DriverFaultException(
                    "num_buffers is %d (expected: 0)".formatted(buffers), "5.1.9.2.1#2");
        }
        MemorySegment frame = sentFrame.asSlice(0, length);
        chain.read(HEADER, frame);
        return frame.asReadOnly();
    }
}
