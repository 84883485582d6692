package dev.virtq.ring.contract;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A queue over a real ring, with a device that inverts what it reads: one step at a time when a
 * test says so, or in a thread that sleeps until the doorbell rings.
 */
public final class LoopQueue {
    /** Where the ring and all buffers are. */
    public final DmaMemory memory = BothEnds.memory();

    /** The driver end. */
    public final DriverRing ring;

    /** The device end. */
    public final DeviceRing device;

    /** The queue, as the device's owner has it. */
    public final QueueControl control;

    /** The queue, as programs have it. */
    public final Virtqueue queue;

    /** A permit for each notification that the device was sent. */
    public final Semaphore doorbell = new Semaphore(0);

    private final Semaphore interrupt = new Semaphore(0);

    /**
     * Makes the queue and both ends of its ring.
     *
     * @param format the ring's format
     * @param size how many entries
     * @param accepted the accepted features
     * @param spin how long who waits looks at the ring before it sleeps
     */
    public LoopQueue(RingFormat format, int size, FeatureSet accepted, Duration spin) {
        ring =
                format.createDriverEnd(
                        new RingRequest(
                                0, size, accepted, memory, IndirectUse.WHEN_IT_SAVES_SLOTS));
        device = format.createDeviceEnd(ring.setup(), accepted, memory);
        control =
                new QueueControl(
                        0,
                        ring,
                        new QueueConnection(next -> doorbell.release(), new SemaphoreInterrupt()),
                        DeviceHealth.ALWAYS_WELL,
                        QueueOptions.DEFAULT.withSpin(spin));
        queue = control.queue();
    }

    /**
     * Prepares a request and room for its answer.
     *
     * @param request how many bytes the device reads
     * @param reply how many bytes it may write
     * @return the token
     */
    public TransferToken prepare(int request, int reply) {
        return queue.prepare(buffers(request, reply));
    }

    /**
     * {@return buffers for a request and its answer}
     *
     * @param request how many bytes the device reads
     * @param reply how many bytes it may write
     */
    public BufferList buffers(int request, int reply) {
        DmaBuffer sent = memory.allocate(request);
        return BufferList.send(sent).receive(memory.allocate(reply));
    }

    /**
     * Lets the device serve one chain.
     *
     * @return whether there was one
     */
    public boolean step() {
        if (!device.take()) {
            return false;
        }
        device.use(device.chain().id(), invert());
        device.publish();
        if (device.driverWantsNotification()) {
            interrupt.release();
        }
        return true;
    }

    /**
     * Answers the chain that was taken last.
     *
     * @return how many bytes that took
     */
    public long invert() {
        DeviceChain chain = device.chain();
        byte[] bytes = new byte[(int) chain.readableBytes()];
        chain.read(0, MemorySegment.ofArray(bytes));
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ~bytes[i];
        }
        return chain.write(0, MemorySegment.ofArray(bytes));
    }

    /** Interrupts the driver without a reason. */
    public void interruptForNothing() {
        interrupt.release();
    }

    /**
     * Starts a device that sleeps until its doorbell rings.
     *
     * @return its thread, which ends when it is interrupted
     */
    public Thread startDevice() {
        return Thread.ofPlatform()
                .daemon()
                .name("device")
                .start(() -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        if (!step() && !device.enableNotifications()) {
                            try {
                                doorbell.acquire();
                            } catch (InterruptedException e) {
                                return;
                            }
                        }
                    }
                });
    }

    /**
     * Writes the request.
     *
     * @param token of {@link #prepare}
     * @param value what to send
     */
    public static void fill(TransferToken token, long value) {
        token.sending(0).setLong(0, value);
    }

    /**
     * {@return what was sent, if the answer is right}
     *
     * @param token that came back
     */
    public static long answer(TransferToken token) {
        return ~token.received(0).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    private final class SemaphoreInterrupt implements Interrupt {
        @Override
        public boolean poll() {
            return interrupt.tryAcquire();
        }

        @Override
        public boolean await(long nanos) throws InterruptedException {
            return interrupt.tryAcquire(nanos, TimeUnit.NANOSECONDS);
        }
    }
}
