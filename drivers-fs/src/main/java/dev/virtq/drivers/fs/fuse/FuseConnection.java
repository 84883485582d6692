package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferToken;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries FUSE requests over the queues of a file system device (virtio 1.4, section 5.11.6).
 *
 * <p>One descriptor chain for each request: header and fields, payload, and room for the answer's
 * header, fields or payload are separate buffers. Requests go over the request queues in turn;
 * FORGET and INTERRUPT over the high-priority queue, and nothing else does (5.11.6.2.2).
 *
 * <p>An answer is checked before anybody sees it: its length, its number, its error. One that makes
 * no sense fails its own request with a {@link FuseProtocolException}; the others go on. A request
 * that takes too long fails with {@link InterruptedIOException}, and its memory is not used again
 * before the device is done with it. An interrupted thread waits for the answer. One that waits for
 * a lock has the server told (FUSE_INTERRUPT), and the answer may be EINTR.
 *
 * <p>Where the device offers VIRTIO_FS_F_NOTIFICATION, and has a configuration that tells how large
 * its notifications are, it is accepted: a {@link #listen listener} hears of each. One that makes
 * no sense, or asks for what is not done here, is {@linkplain #notificationCounts counted} and
 * passed over.
 *
 * <p>Threads: any number, virtual ones too.
 */
public final class FuseConnection implements AutoCloseable {
    private static final int HIGH_PRIORITY_QUEUE = 0;
    private static final int MOST_REQUEST_QUEUES = 16;
    private static final int KEPT_HEADS = 256;

    private final VirtioDevice device;
    private final FuseOptions options;
    private final FuseConfig config;
    private final RequestQueue highPriority;
    private final List<RequestQueue> requestQueues = new ArrayList<>();
    private final @Nullable NotificationQueue notifications;
    private final BufferPool heads;
    private final BufferPool replies;
    private final BufferPools payloads;
    private final AtomicLong nextUnique = new AtomicLong(2); // even: an odd one is an interrupt
    private volatile FuseTracer tracer = FuseTracer.NONE;
    private volatile boolean closed;

    private FuseConnection(VirtioDevice device, FuseOptions options) {
        this.device = device;
        this.options = options;
        // A vhost-user back end may have no configuration space: no feature with a field then.
        boolean hasConfig = device.config().length() > 0;
        device.negotiate(
                hasConfig ? List.of(FileSystemFeature.NOTIFICATION) : List.of(), options.refused());
        boolean notifies = device.has(FileSystemFeature.NOTIFICATION);
        config = FuseConfig.read(device.config(), notifies);
        highPriority = new RequestQueue(device.queue(HIGH_PRIORITY_QUEUE, options.queue()));
        notifications =
                notifies
                        ? new NotificationQueue(device, options.queue(), config.notifyBufferSize())
                        : null;
        int first = notifies ? NotificationQueue.INDEX + 1 : NotificationQueue.INDEX;
        long count = Math.min(config.requestQueues(), MOST_REQUEST_QUEUES);
        for (int queue = 0; queue < count; queue++) {
            checkThere(first + queue);
            requestQueues.add(new RequestQueue(device.queue(first + queue, options.queue())));
        }
        device.start();
        heads = new BufferPool(device.memory(), FuseCall.HEAD_SIZE, KEPT_HEADS);
        replies = new BufferPool(device.memory(), FuseCall.REPLY_SIZE, KEPT_HEADS);
        payloads =
                new BufferPools(
                        device.memory(),
                        Math.max(options.largestTransfer(), FuseCall.LARGEST_LISTING));
        if (notifications != null) {
            notifications.start();
        }
    }

    private void checkThere(int queue) {
        Transport transport = device.transport();
        if (queue >= transport.queueCount() || transport.maxQueueSize(queue) == 0) {
            throw new DeviceFaultException(
                    "the file system device does not have the request queues that it tells of",
                    "5.11.4",
                    "num_request_queues reads %d, and there is no queue %d"
                            .formatted(config.requestQueues(), queue));
        }
    }

    /**
     * Brings a device up: reset, features, queues, DRIVER_OK. FUSE_INIT is {@link FuseClient}'s.
     *
     * @param transport how the device is reached; closed with the connection, and when this fails
     * @param options how it is brought up
     * @return the connection
     * @throws IllegalArgumentException when it is not a file system device
     * @throws VirtioException when the device cannot be brought up
     */
    public static FuseConnection open(Transport transport, FuseOptions options) {
        VirtioDevice device = null;
        try {
            DeviceType type = transport.deviceType();
            if (!type.equals(DeviceType.FILE_SYSTEM)) {
                throw new IllegalArgumentException(
                        "%s is a %s device (expected: %s)"
                                .formatted(transport.name(), type, DeviceType.FILE_SYSTEM));
            }
            device = VirtioDevice.open(transport);
            return new FuseConnection(device, options);
        } catch (RuntimeException e) {
            if (device == null) {
                transport.close();
            } else {
                device.close();
            }
            throw e;
        }
    }

    /** {@return the device's configuration} */
    public FuseConfig config() {
        return config;
    }

    /** {@return the device below} */
    public VirtioDevice device() {
        return device;
    }

    FuseOptions options() {
        return options;
    }

    /**
     * Has somebody hear of each request from now on.
     *
     * @param listener who; {@link FuseTracer#NONE} for nobody
     */
    public void trace(FuseTracer listener) {
        tracer = listener;
    }

    /** {@return whether the server can tell what it has not been asked} */
    public boolean notifies() {
        return notifications != null;
    }

    /**
     * Has somebody hear of each notification from now on; nobody is told of those before.
     *
     * @param listener who; {@link FuseNotification.Listener#NONE} for nobody
     */
    public void listen(FuseNotification.Listener listener) {
        if (notifications != null) {
            notifications.listen(listener);
        }
    }

    /** {@return how many notifications there were; none without VIRTIO_FS_F_NOTIFICATION} */
    public FuseNotification.Counts notificationCounts() {
        return notifications == null
                ? new FuseNotification.Counts(0, 0, 0)
                : notifications.counts();
    }

    FuseTracer tracer() {
        return tracer;
    }

    FuseCall call(FuseOpcode opcode, long node) {
        return new FuseCall(this, opcode, node);
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @param replyFields how many bytes of fields the answer has at most
     */
    FuseCall.Answer exchange(FuseCall call, int replyFields) throws IOException {
        if (call.opcode.isHighPriority()) {
            throw new IllegalArgumentException(call.opcode + " has no answer to wait for");
        }
        long unique = nextUnique.getAndAdd(2);
        RequestQueue queue = requestQueues.get((int) ((unique / 2) % requestQueues.size()));
        queue.enter();
        try (ExchangeBuffers buffers = new ExchangeBuffers(heads, replies, payloads)) {
            return new FuseExchange(this, call, unique, queue, buffers).run(replyFields);
        } catch (VirtioException e) {
            throw new FuseDisconnectedException(e);
        } finally {
            queue.leave();
        }
    }

    /** Gives lookups of a node back. */
    void forget(long node, long lookups) throws IOException {
        tell(call(FuseOpcode.FORGET, node).u64(lookups));
    }

    /** Sends a request that has no answer, and does not wait. */
    void tell(FuseCall call) throws IOException {
        highPriority.enter();
        try {
            tell(call, heads.take());
        } catch (VirtioException e) {
            throw new FuseDisconnectedException(e);
        } finally {
            highPriority.leave();
        }
    }

    private void tell(FuseCall call, DmaBuffer head) throws IOException {
        boolean mine = true;
        try {
            long length = FuseExchange.writeHead(head, call, nextUnique.getAndAdd(2), 0, options);
            SentRequest request =
                    new SentRequest(highPriority, token -> token.limitSending(0, length));
            try {
                await(request.send(BufferList.send(head)), false, 0);
                request.isDone();
            } finally {
                mine = !request.isWithDevice();
                request.close();
            }
        } finally {
            if (mine) {
                heads.giveBack(head);
            }
        }
    }

    /**
     * Waits, and tells the server when the thread of a request that may take long is interrupted.
     */
    TransferToken await(TransferFuture<TransferToken> future, boolean patient, long unique)
            throws IOException {
        boolean interrupted = false;
        long limit = patient ? Long.MAX_VALUE : options.timeout().toNanos();
        long start = System.nanoTime();
        try {
            while (true) {
                try {
                    long left = limit - (System.nanoTime() - start);
                    return future.get(Math.max(0, left), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                    limit = options.timeout().toNanos(); // a lock, too, ends now
                    start = System.nanoTime();
                    if (patient) { // no kernel sends it over virtio-fs, and QEMU's virtiofsd dies
                        // of it
                        tell(call(FuseOpcode.INTERRUPT, 0).u64(unique));
                    }
                } catch (TimeoutException e) {
                    throw new InterruptedIOException(
                            "the server has not answered within %d ms"
                                    .formatted(options.timeout().toMillis()));
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof TransferTimeoutException late) {
                        throw new InterruptedIOException(late.getMessage());
                    }
                    Throwable cause = e.getCause();
                    throw new FuseDisconnectedException(cause == null ? e : cause);
                } catch (CancellationException e) {
                    throw new FuseDisconnectedException(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Closes the device: whoever waits is released. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (notifications != null) {
            notifications.end();
        }
        device.close();
        heads.close();
        replies.close();
        payloads.close();
    }
}
