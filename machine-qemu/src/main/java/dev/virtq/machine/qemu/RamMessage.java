package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.pci.MessageInterrupt;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * An MSI-X message that arrives as a word of the RAM: 0 until it does.
 *
 * <p>Waiting means looking. A message is there some 50 µs after the kick, so the first part of a
 * wait spins; then it sleeps, in steps that grow with the time that was waited already.
 */
final class RamMessage implements MessageInterrupt {
    private static final VarHandle WORD =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    /** Anything but 0. */
    private static final int ARRIVED = 0x7176_0001;

    private static final long SPIN_NANOS = 100_000;
    private static final int SPINS_PER_LOOK_AROUND = 64;
    private static final long SHORTEST_SLEEP_NANOS = 20_000;
    private static final long LONGEST_SLEEP_NANOS = 1_000_000;

    private final QemuMachine machine;
    private final MessageWords words;
    private final int index;
    private final long address;
    private final MemorySegment ram;
    private final AtomicBoolean closed = new AtomicBoolean();

    RamMessage(QemuMachine machine, MessageWords words, int index, long address) {
        this.machine = machine;
        this.words = words;
        this.index = index;
        this.address = address;
        this.ram = machine.ram().segment();
        WORD.setRelease(ram, address, 0);
    }

    @Override
    public Optional<Message> message() {
        return Optional.of(new Message(address, ARRIVED));
    }

    @Override
    public boolean poll() {
        // Acquire: what the device stored before the message, the used ring above all, is seen
        // after.
        return (int) WORD.getAcquire(ram, address) != 0
                && (int) WORD.getAndSet(ram, address, 0) != 0;
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        long sleep = SHORTEST_SLEEP_NANOS;
        while (true) {
            for (int spin = 0; spin < SPINS_PER_LOOK_AROUND; spin++) {
                if (poll()) {
                    return true;
                }
                Thread.onSpinWait();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for " + machine.name());
            }
            Optional<DeviceLostException> lost = machine.lost();
            if (lost.isPresent()) {
                throw lost.get();
            }
            long waited = System.nanoTime() - start;
            if (waited >= nanos) {
                return poll();
            }
            if (waited >= SPIN_NANOS) {
                LockSupport.parkNanos(Math.min(sleep, nanos - waited));
                sleep = Math.min(LONGEST_SLEEP_NANOS, Math.max(sleep, waited / 8));
            }
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            words.giveBack(index);
        }
    }
}
