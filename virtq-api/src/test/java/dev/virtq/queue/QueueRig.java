package dev.virtq.queue;

import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.FakeInterrupt;
import dev.virtq.queue.ring.FakeRing;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** A queue over a {@link FakeRing}, with everything around it. */
final class QueueRig {
    static final Duration SOON = Duration.ofSeconds(10);

    final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(1 << 20, 4096), 0x10_0000));
    final FakeRing ring;
    final FakeInterrupt interrupt = new FakeInterrupt();
    final FakeHealth health = new FakeHealth();
    final AtomicInteger rings = new AtomicInteger();
    final QueueControl control;
    final Virtqueue queue;

    /** What happens when the doorbell is rung. */
    volatile IntConsumer onRing = next -> {};

    QueueRig() {
        this(8, QueueOptions.DEFAULT.withSpin(Duration.ZERO));
    }

    QueueRig(int size, QueueOptions options) {
        ring = new FakeRing(size, memory);
        control =
                new QueueControl(
                        1,
                        ring,
                        new QueueConnection(
                                next -> {
                                    rings.incrementAndGet();
                                    onRing.accept(next);
                                },
                                interrupt),
                        health,
                        options);
        queue = control.queue();
    }

    DmaBuffer buffer() {
        return memory.allocate(64);
    }

    /** A token that sends one buffer and receives one. */
    TransferToken token() {
        return queue.prepare(BufferList.send(buffer()).receive(buffer()));
    }

    /** A token with one buffer, that the device writes. */
    TransferToken receiver() {
        return queue.prepare(BufferList.receiveOnly(buffer()));
    }

    /** The device takes the next chain, uses it, and notifies. */
    void complete(long length) {
        ring.complete(length);
        interrupt.raise();
    }

    long freeBytes() {
        return memory.available();
    }
}
