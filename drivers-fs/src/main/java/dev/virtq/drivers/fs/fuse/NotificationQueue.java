package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The notification queue (virtio 1.4, section 5.11.6.3): buffers wait with the device, and each
 * goes back to it as soon as its content was copied, before anybody acts on that (5.11.6.3.1#2).
 *
 * <p>A thread of its own sleeps for the queue's interrupts. It is none of the virtual ones: on some
 * transports it sleeps in a system call, where it would keep one of their few carriers.
 */
final class NotificationQueue {
    /** Its place between the high-priority queue and the request queues (section 5.11.2). */
    static final int INDEX = 1;

    /** Nothing is shorter than a header. */
    private static final int SMALLEST = FuseCall.REPLY_HEADER;

    /** Much more than any notification that is served here; a device may not have all memory. */
    private static final int LARGEST = 1 << 20;

    private static final int MOST_BUFFERS = 16;
    private static final int LEAST_BUFFERS = 2;
    private static final int BYTES = 256 << 10; // of all buffers, where two are not more
    private static final Duration FOR_EVER = Duration.ofDays(365);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final System.Logger LOGGER = System.getLogger(NotificationQueue.class.getName());

    private final Virtqueue queue;
    private final Thread thread;
    private final AtomicLong told = new AtomicLong();
    private final AtomicLong unserved = new AtomicLong();
    private final AtomicLong senseless = new AtomicLong();
    private volatile FuseNotification.Listener listener = FuseNotification.Listener.NONE;

    /**
     * Sets the queue up, and fills it; nothing is taken before {@link #start}.
     *
     * @param bufferSize what the device's configuration says
     */
    NotificationQueue(VirtioDevice device, QueueOptions options, long bufferSize) {
        if (bufferSize < SMALLEST || bufferSize > LARGEST) {
            throw new DeviceFaultException(
                    "the notification buffers of the file system device cannot be used",
                    "5.11.4.2#2",
                    "notify_buf_size reads %d (expected: %d..%d)"
                            .formatted(bufferSize, SMALLEST, LARGEST));
        }
        queue = device.queue(INDEX, options.withSpin(Duration.ZERO)); // nobody waits for these
        long wanted = Math.clamp(BYTES / bufferSize, LEAST_BUFFERS, MOST_BUFFERS);
        for (int i = 0; i < Math.min(wanted, queue.size()); i++) {
            queue.prepare(BufferList.receiveOnly(device.memory().allocate(bufferSize))).submit();
        }
        queue.flush();
        queue.handOver();
        thread = Thread.ofPlatform().daemon().name("virtq-fs-notifications").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void listen(FuseNotification.Listener other) {
        listener = other;
    }

    FuseNotification.Counts counts() {
        return new FuseNotification.Counts(told.get(), unserved.get(), senseless.get());
    }

    /** Asks the thread to end, and waits a moment for that; what it waits for may need a push. */
    void end() {
        thread.interrupt();
        boolean interrupted = false;
        try {
            if (thread != Thread.currentThread()) {
                thread.join(PATIENCE);
            }
        } catch (InterruptedException e) {
            interrupted = true; // the device is closed all the same
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                TransferToken token = queue.poll(FOR_EVER);
                if (token != null) {
                    take(token);
                }
            }
        } catch (InterruptedException e) {
            return; // asked to end
        } catch (VirtioException e) {
            // Closed, lost or failed: whoever asks the server for something is told of that.
            LOGGER.log(System.Logger.Level.DEBUG, "no more notifications", e);
        }
    }

    private void take(TransferToken token) {
        DmaBuffer buffer = token.receiving(0);
        int length = (int) token.receivedLength(0);
        byte[] bytes = new byte[length];
        MemorySegment.copy(buffer.trusted(), ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
        // Where the device leaves untold how much it writes, nothing is to be read twice.
        buffer.trusted().asSlice(0, SMALLEST).fill((byte) 0);
        token.submit();
        queue.flush();
        serve(bytes);
    }

    private void serve(byte[] bytes) {
        try {
            FuseNotification notification = NotificationMessage.read(bytes);
            if (notification == null) {
                warn(unserved.incrementAndGet(), "the server notifies of what is not done here");
                return;
            }
            listener.told(notification);
            told.incrementAndGet();
        } catch (FuseProtocolException e) {
            warn(senseless.incrementAndGet(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOGGER.log(System.Logger.Level.WARNING, "a notification could not be followed", e);
        }
    }

    /** Says it the first time, the second, the fourth and so on: a server may go on for ever. */
    private static void warn(long count, String what) {
        if (Long.bitCount(count) == 1) {
            LOGGER.log(System.Logger.Level.WARNING, "{0} ({1} until now)", what, count);
        }
    }
}
