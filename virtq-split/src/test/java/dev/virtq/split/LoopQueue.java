package dev.virtq.split;

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
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A queue over a real split ring, with a device that inverts what it reads: one step at a time when
 * a test says so, or in a thread that sleeps until the doorbell rings.
 */
final class LoopQueue {
    final DmaMemory memory = RingPair.memory();
    final DriverRing ring;
    final DeviceRing device;
    final QueueControl control;
    final Virtqueue queue;
    final Semaphore doorbell = new Semaphore(0);
    private final Semaphore interrupt = new Semaphore(0);

    LoopQueue(int size, FeatureSet accepted, Duration spin) {
        SplitFormat format = new SplitFormat();
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

    TransferToken prepare(int request, int reply) {
        return queue.prepare(buffers(request, reply));
    }

    BufferList buffers(int request, int reply) {
        DmaBuffer sent = memory.allocate(request);
        return BufferList.send(sent).receive(memory.allocate(reply));
    }

    /** The device serves one chain, if there is one. {@return whether there was} */
    boolean step() {
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

    /** Answers the chain that was taken last. {@return how many bytes that took} */
    long invert() {
        DeviceChain chain = device.chain();
        byte[] bytes = new byte[(int) chain.readableBytes()];
        chain.read(0, MemorySegment.ofArray(bytes));
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ~bytes[i];
        }
        return chain.write(0, MemorySegment.ofArray(bytes));
    }

    /** An interrupt for which there is no reason. */
    void interruptForNothing() {
        interrupt.release();
    }

    /** Starts a device that sleeps until its doorbell rings; it ends when it is interrupted. */
    Thread startDevice() {
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

    static void fill(TransferToken token, long value) {
        token.sending(0).setLong(0, value);
    }

    static long answer(TransferToken token) {
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
