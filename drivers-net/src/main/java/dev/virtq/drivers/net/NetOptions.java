package dev.virtq.drivers.net;

import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueOptions;
import java.time.Duration;

/**
 * How a network device is brought up.
 *
 * @param queue how both queues are set up
 * @param receiveBuffers how many buffers for frames that come; a quarter of them, 63 at most, may
 *     wait to go back to the device. 0 takes as many as the receive queue has entries
 * @param transmitBuffers how many frames can be on their way out at once; 0 takes half of what the
 *     transmit queue has entries, 64 at most
 * @param mergeableSize how many bytes each receive buffer has, the 12 of the virtio-net header
 *     included, where a frame may be spread over several (VIRTIO_NET_F_MRG_RXBUF); 0 does not
 *     accept that feature, and each buffer holds the longest frame
 * @param sendTimeout how long {@link NetDevice#send(java.lang.foreign.MemorySegment)} waits for a
 *     transmit buffer
 * @param refused features that are not accepted although offered and served
 */
public record NetOptions(
        QueueOptions queue,
        int receiveBuffers,
        int transmitBuffers,
        int mergeableSize,
        Duration sendTimeout,
        FeatureSet refused) {
    /** What a device gets when nobody says otherwise. */
    public static final NetOptions DEFAULT =
            new NetOptions(QueueOptions.DEFAULT, 0, 0, 0, Duration.ofSeconds(1), FeatureSet.EMPTY);

    private static final int MOST_TRANSMIT_BUFFERS = 64;

    /** No frame has as many. */
    private static final int MOST_BYTES = 1 << 17;

    /** Refuses what no device can have. */
    public NetOptions {
        checkCount("receive", receiveBuffers);
        checkCount("transmit", transmitBuffers);
        if (mergeableSize != 0 && (mergeableSize < NetHeader.SIZE || mergeableSize > MOST_BYTES)) {
            throw new IllegalArgumentException(
                    "mergeable receive buffers of %d bytes (expected: %d..%d, or 0 for none; virtio 1.4, 5.1.9.3.1#3)"
                            .formatted(mergeableSize, NetHeader.SIZE, MOST_BYTES));
        }
        if (sendTimeout.isNegative()) {
            throw new IllegalArgumentException(
                    "send timeout " + sendTimeout + " (expected: 0 or more)");
        }
    }

    /**
     * {@return these options with other queue options}
     *
     * @param options how both queues are set up
     */
    public NetOptions withQueue(QueueOptions options) {
        return new NetOptions(
                options, receiveBuffers, transmitBuffers, mergeableSize, sendTimeout, refused);
    }

    /**
     * {@return these options with other numbers of buffers}
     *
     * @param receive how many receive buffers; 0 for the default
     * @param transmit how many transmit buffers; 0 for the default
     */
    public NetOptions withBuffers(int receive, int transmit) {
        return new NetOptions(queue, receive, transmit, mergeableSize, sendTimeout, refused);
    }

    /**
     * {@return these options with receive buffers that frames may be spread over}
     *
     * <p>By default they are not asked for: with buffers that hold the longest frame there is
     * nothing to spread. They save memory where the MTU is large and most frames are short, and
     * they let frames in that are longer than those of a device that names no MTU are expected to
     * be. A frame that lies in one buffer costs no more than otherwise; one that does not is copied
     * together. When the device does not offer VIRTIO_NET_F_MRG_RXBUF, each buffer holds the
     * longest frame, whatever was asked for.
     *
     * @param size how many bytes each buffer has, the 12 of the virtio-net header included; 0 for
     *     buffers that hold the longest frame
     */
    public NetOptions withMergeableBuffers(int size) {
        return new NetOptions(queue, receiveBuffers, transmitBuffers, size, sendTimeout, refused);
    }

    /**
     * {@return these options with another send timeout}
     *
     * @param timeout how long a send waits for a transmit buffer
     */
    public NetOptions withSendTimeout(Duration timeout) {
        return new NetOptions(
                queue, receiveBuffers, transmitBuffers, mergeableSize, timeout, refused);
    }

    /**
     * {@return these options, without some features}
     *
     * @param features features that are not accepted although offered and served
     */
    public NetOptions refusing(FeatureSet features) {
        return new NetOptions(
                queue, receiveBuffers, transmitBuffers, mergeableSize, sendTimeout, features);
    }

    int receiveBuffersFor(int queueSize) {
        return atMost(queueSize, "receive", receiveBuffers == 0 ? queueSize : receiveBuffers);
    }

    int transmitBuffersFor(int queueSize) {
        int byDefault = Math.clamp(queueSize / 2, 1, MOST_TRANSMIT_BUFFERS);
        return atMost(queueSize, "transmit", transmitBuffers == 0 ? byDefault : transmitBuffers);
    }

    private static int atMost(int queueSize, String direction, int count) {
        if (count > queueSize) {
            throw new IllegalArgumentException(
                    "%d %s buffers (expected: at most %d, the queue's size)"
                            .formatted(count, direction, queueSize));
        }
        return count;
    }

    private static void checkCount(String direction, int count) {
        if (count < 0) {
            throw new IllegalArgumentException(
                    "%d %s buffers (expected: 1 or more, or 0 for the default)"
                            .formatted(count, direction));
        }
    }
}
