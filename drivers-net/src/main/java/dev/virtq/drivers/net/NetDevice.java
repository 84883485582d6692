package dev.virtq.drivers.net;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Feature;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network device (virtio 1.4, section 5.1): Ethernet frames in and out.
 *
 * <pre>{@code
 * try (NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
 *     net.send(frame);
 *     MemorySegment answer = net.receive(Duration.ofSeconds(1));
 * }
 * }</pre>
 *
 * <p>Frames start at the destination address and end before the frame check sequence; the
 * virtio-net header is the driver's affair. The receive queue is kept full with buffers that are
 * prepared once. One pair of queues, no offloads, no control queue: of the device's features MAC,
 * MTU and STATUS are accepted, and MRG_RXBUF when {@link NetOptions#mergeableSize} asks for it.
 *
 * <p>Rings of either format and any size do, from one entry on. Where VIRTIO_F_IN_ORDER was
 * accepted, the device may leave untold how long a frame is; it then comes as long as the MTU
 * allows, and what the device did not write of it is zero. The first time that it does, frames may
 * be lost.
 *
 * <p>There are two ways to work with it. {@link #receive} and {@link #send(MemorySegment)} block
 * and hand out views that end when their buffer goes back to the device. {@link #receiveBurst},
 * {@link #sendBurst(FrameWriter, int)}, {@link #offer} and {@link #flush} never wait, and allocate
 * nothing: they are for a loop that moves millions of frames a second.
 *
 * <pre>{@code
 * while (running) {
 *     net.receiveBurst((buffer, offset, length) -> count(length), 32);
 *     net.sendBurst(frame -> write(frame), 32);
 * }
 * }</pre>
 *
 * <p>Threads: it belongs to one thread at a time, as its {@link Virtqueue}s do: the one that uses
 * it first, until it calls {@link #handOver}. {@link #close} may be called from any thread, and
 * releases a thread that waits.
 */
public final class NetDevice implements AutoCloseable {
    /** Each of them has a field in the configuration space. */
    private static final List<NetFeature> WITH_FIELDS =
            List.of(NetFeature.MAC, NetFeature.MTU, NetFeature.STATUS);

    private static final int RECEIVE_QUEUE = 0;
    private static final int TRANSMIT_QUEUE = 1;

    private final VirtioDevice device;
    private final NetOptions options;
    private final MacAddress mac;
    private final FrameLimits limits;
    private final ReceiveLayout layout;
    private final Virtqueue receiveQueue;
    private final Virtqueue transmitQueue;
    private final FrameReceiver receiver;
    private final FrameSender sender;

    private NetDevice(VirtioDevice device, NetOptions options) {
        this.device = device;
        this.options = options;
        NetConfig config = negotiate(options.mergeableSize() > 0);
        mac = config.mac().orElseGet(MacAddress::locallyAdministered);
        limits = config.limits();
        layout = config.receiveLayout(options.mergeableSize());
        receiveQueue = device.queue(RECEIVE_QUEUE, options.queue());
        transmitQueue = device.queue(TRANSMIT_QUEUE, options.queue());
        int receiveBuffers = options.receiveBuffersFor(receiveQueue.size());
        layout.checkEnough(receiveBuffers, limits.longestFrame());
        receiver = new FrameReceiver(receiveQueue, layout, device.has(CommonFeature.IN_ORDER));
        receiver.fill(device.memory(), receiveBuffers);
        int buffers = options.transmitBuffersFor(transmitQueue.size());
        sender = new FrameSender(transmitQueue, device.memory(), limits, buffers);
        goLive();
    }

    /**
     * {@return a device, brought up with the defaults; see {@link #open(Transport, NetOptions)}}
     *
     * @param transport how the device is reached
     */
    public static NetDevice open(Transport transport) {
        return open(transport, NetOptions.DEFAULT);
    }

    /**
     * Brings a device up: reset, features, MAC and MTU, both queues, receive buffers, DRIVER_OK.
     *
     * @param transport how the device is reached; closed with the device, and when this fails
     * @param options how it is brought up
     * @return the live device
     * @throws IllegalArgumentException when it is not a network device, or the options do not suit
     *     it
     * @throws IllegalStateException when there is not enough memory for the buffers
     * @throws dev.virtq.device.VirtioException when the device cannot be brought up
     */
    public static NetDevice open(Transport transport, NetOptions options) {
        VirtioDevice device = null;
        try {
            DeviceType type = transport.deviceType();
            if (!type.equals(DeviceType.NETWORK)) {
                throw new IllegalArgumentException(
                        "%s is a %s device (expected: %s)"
                                .formatted(transport.name(), type, DeviceType.NETWORK));
            }
            device = VirtioDevice.open(transport);
            return new NetDevice(device, options);
        } catch (RuntimeException e) {
            if (device == null) {
                transport.close();
            } else {
                device.close();
            }
            throw e;
        }
    }

    /** {@return the device's address, or one made up for it when it has none} */
    public MacAddress mac() {
        return mac;
    }

    /** {@return how many bytes may follow the 14 bytes of a frame's Ethernet header} */
    public int mtu() {
        return limits.mtu();
    }

    /**
     * {@return whether the link is up, read from the device; a device that does not say has it up}
     *
     * @throws dev.virtq.device.DeviceLostException when the device is gone
     */
    public boolean linkUp() {
        return new NetConfig(device.config(), device.acceptedFeatures()).linkUp();
    }

    /**
     * Waits for the next frame, after giving the buffer of the one before back to the device.
     *
     * @param timeout how long at most; zero looks once
     * @return the frame, from its destination address on: a view that belongs to the calling
     *     thread, and that ends at the next call of this method or of {@link #receiveBurst}; of a
     *     frame that came in several buffers, a copy, which stays; {@code null} when none came in
     *     time
     * @throws DeviceFaultException when the device wrote what it may not; only {@link #reset} leads
     *     on
     * @throws InterruptedException when the thread is interrupted
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        return receiver.receive(timeout);
    }

    /**
     * Hands the frames that have come to a handler, without waiting. Nothing is allocated. Their
     * buffers go back to the device many at a time, so that up to a quarter of all, and 63 at most,
     * stay with the driver; the device is told once at the end, if it wants to be.
     *
     * <p>When the handler throws, the exception passes through; its frame counts as handled, and
     * those behind it come with the next call. A handler may send frames, but not receive any.
     *
     * @param handler takes each frame
     * @param limit how many frames at most
     * @return how many frames there were
     * @throws DeviceFaultException when the device wrote what it may not; only {@link #reset} leads
     *     on
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public int receiveBurst(FrameHandler handler, int limit) {
        return receiver.receiveBurst(handler, limit);
    }

    /**
     * Sends a frame: copies it into a transmit buffer, and tells the device. Waits when all
     * transmit buffers are with the device, up to {@link NetOptions#sendTimeout}.
     *
     * @param frame from its destination address on; the caller may overwrite it when this returns
     * @throws IllegalArgumentException when the frame is shorter than an Ethernet header, or longer
     *     than the MTU allows
     * @throws dev.virtq.device.TransferTimeoutException when no transmit buffer came free in time
     * @throws InterruptedException when the thread is interrupted; the frame is not sent
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public void send(MemorySegment frame) throws InterruptedException {
        sender.send(frame, options.sendTimeout());
    }

    /**
     * Sends a frame from where it lies in memory that the device can reach, without a copy: header
     * and frame become one chain, and the frame may lie across a hole of that memory. Waits until
     * the device is done with it.
     *
     * @param frame from its destination address on; the caller's again when this returns
     * @param timeout how long at most
     * @throws IllegalArgumentException when the frame is shorter than an Ethernet header, or longer
     *     than the MTU allows
     * @throws dev.virtq.queue.QueueFullException when the queue has no room for it
     * @throws IllegalStateException when the buffer is in another transfer, or was freed
     * @throws dev.virtq.device.TransferTimeoutException when the time is over. The buffer is then
     *     not the caller's any more: it is freed when the device is done with it
     * @throws InterruptedException when the thread is interrupted; the buffer is freed in the same
     *     way
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public void send(DmaBuffer frame, Duration timeout) throws InterruptedException {
        sender.sendInPlace(frame, timeout);
    }

    /**
     * Copies a frame into a transmit buffer, if one is free; {@link #flush} shows it to the device.
     * Never waits, and allocates nothing.
     *
     * @param frame from its destination address on; the caller may overwrite it when this returns
     * @return whether it was taken; {@code false} when all transmit buffers are with the device
     * @throws IllegalArgumentException when the frame is shorter than an Ethernet header, or longer
     *     than the MTU allows
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public boolean offer(MemorySegment frame) {
        return sender.offer(frame);
    }

    /**
     * Copies frames into transmit buffers, as many as are free, and shows them to the device: with
     * one release store, and one notification if the device wants it. Never waits, and allocates
     * nothing.
     *
     * @param frames from their destination addresses on; the caller may overwrite them when this
     *     returns
     * @param from the index of the first
     * @param count how many
     * @return how many were taken, the first ones; the others are still the caller's to send
     * @throws IllegalArgumentException when one of the frames is shorter than an Ethernet header,
     *     or longer than the MTU allows; none was sent then
     * @throws IndexOutOfBoundsException when there are not so many frames
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public int sendBurst(MemorySegment[] frames, int from, int count) {
        return sender.sendBurst(frames, from, count);
    }

    /**
     * Lets a writer make frames in transmit buffers, without a copy, and shows them to the device
     * as {@link #sendBurst(MemorySegment[], int, int)} does. Never waits, and allocates nothing.
     *
     * <p>When the writer throws, the exception passes through, and so it does when a frame has a
     * length that it may not have; the frames before are sent all the same.
     *
     * @param writer makes each frame
     * @param limit how many frames at most
     * @return how many frames the writer has made; fewer when no buffer was free or it had no more
     * @throws IllegalArgumentException when a frame is shorter than an Ethernet header, or longer
     *     than the MTU allows
     * @throws dev.virtq.device.VirtioException when the device cannot be used any more
     */
    public int sendBurst(FrameWriter writer, int limit) {
        return sender.sendBurst(writer, limit);
    }

    /** Shows the device all {@linkplain #offer offered} frames, and notifies it at most once. */
    public void flush() {
        transmitQueue.flush();
    }

    /**
     * Resets the device and brings it up again, with the same buffers. Frames that were on their
     * way are lost, as on a wire that was pulled.
     *
     * @throws DeviceFaultException when the device does not confirm the reset, or changes its MTU,
     *     or does not merge receive buffers any more
     * @throws dev.virtq.device.VirtioException when the device cannot be brought up
     */
    public void reset() {
        device.reset();
        enableAgain();
        receiver.refill();
        sender.collectReturned();
        goLive();
    }

    /**
     * Goes on with another device in the place of one that was lost, as when a vhost-user back end
     * was started again; see {@link VirtioDevice#reconnect}. Buffers, MTU and address are the same.
     * Frames that had come still come, and receive buffers go to the new device. Where the new
     * device goes on with what the lost one had begun, no frame is lost. Else those that were being
     * sent are not sent again: the lost device may have sent them, and their buffers are free.
     *
     * @param timeout how long to wait until somebody is there
     * @return how many frames that were being sent are not sent again
     * @throws IllegalStateException when the device is not lost, or another thread owns a queue
     * @throws UnsupportedOperationException when its transport cannot connect again
     * @throws DeviceFaultException when the new device has another MTU, does not merge receive
     *     buffers as before, or lacks a feature of the rings
     * @throws dev.virtq.device.DeviceLostException when nobody was there in time; another call
     *     tries again
     * @throws InterruptedException when the thread is interrupted; another call tries again
     */
    public int reconnect(Duration timeout) throws InterruptedException {
        device.reconnect(timeout);
        enableAgain();
        receiver.goOnAfterLoss();
        int lost = sender.collectReturned();
        goLive();
        return lost;
    }

    /** The same queues for a device that was reset, or for another one; or it is at fault. */
    private void enableAgain() {
        NetConfig config = negotiate(layout.mergeable());
        int mtu = config.limits().mtu();
        if (mtu != limits.mtu()) {
            throw new DeviceFaultException(
                    "the device changed its MTU",
                    "5.1.4.1#4",
                    "mtu %d, was %d".formatted(mtu, limits.mtu()));
        }
        if (!config.receiveLayout(options.mergeableSize()).equals(layout)) {
            throw new DeviceFaultException(
                    "the device does not offer again what its receive buffers were made for",
                    "2.2.2#4",
                    "accepted " + device.acceptedFeatures());
        }
        device.queue(RECEIVE_QUEUE, options.queue());
        device.queue(TRANSMIT_QUEUE, options.queue());
    }

    /**
     * Resets one queue while the other runs (virtio 1.4, section 2.6.1), and goes on with the same
     * buffers. Frames that were on their way through it are lost; those that had come still come.
     *
     * @param queue {@link #receiveQueue} or {@link #transmitQueue}
     * @throws IllegalStateException when RING_RESET was not accepted; nothing has changed then
     * @throws dev.virtq.device.VirtioException when the device does not confirm the reset
     */
    public void resetQueue(Virtqueue queue) {
        if (queue != receiveQueue && queue != transmitQueue) {
            throw new IllegalArgumentException(queue + " is no queue of " + this);
        }
        device.resetQueue(queue.index());
        device.queue(queue.index());
        if (queue == receiveQueue) {
            receiver.refill();
        } else {
            sender.collectReturned();
        }
        queue.flush();
    }

    /**
     * Lets go of both queues, so that another thread can use the device. The view of the frame that
     * was received last ends.
     *
     * @throws IllegalStateException when the calling thread does not own them
     */
    public void handOver() {
        receiver.handOver();
        transmitQueue.handOver();
    }

    /** {@return the device below: its features, status and configuration} */
    public VirtioDevice device() {
        return device;
    }

    /**
     * {@return the queue that frames come from} Whoever uses it beside this driver uses {@link
     * dev.virtq.queue.TransferToken#send}: what is submitted is an error where frames are expected.
     */
    public Virtqueue receiveQueue() {
        return receiveQueue;
    }

    /** {@return the queue that frames go into} To be used beside this driver as the other one. */
    public Virtqueue transmitQueue() {
        return transmitQueue;
    }

    /** Resets the device, reads the status back as 0, releases whoever waits, frees all memory. */
    @Override
    public void close() {
        device.close();
    }

    /** {@return address and place, as in {@code 52:54:00:12:34:56 (net at pci 00:01.0)}} */
    @Override
    public String toString() {
        return mac + " (" + device + ")";
    }

    private NetConfig negotiate(boolean mergeable) {
        // A vhost-user back end may have no configuration space: no feature with a field then.
        boolean hasConfig = device.transport().configSpace().length() > 0;
        List<Feature> wanted = new ArrayList<>(hasConfig ? WITH_FIELDS : List.of());
        if (mergeable) {
            wanted.add(NetFeature.MRG_RXBUF);
        }
        return new NetConfig(device.config(), device.negotiate(wanted, options.refused()));
    }

    /** Not before DRIVER_OK is the device notified of the buffers that it has (3.1.1#14). */
    private void goLive() {
        device.start();
        receiveQueue.flush();
    }
}
