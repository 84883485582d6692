package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.pci.MessageInterrupt;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An MSI-X message that arrives as a word of the RAM: 0 until it does.
 *
 * <p>Waiting means looking, since a store wakes nobody. A message is there some 50 µs after the
 * kick, so the first part of a wait spins; then it sleeps, in steps that grow with the time that
 * was waited already. In the long run that takes less than 1 % of a processor, and adds less than a
 * millisecond. Whoever waits for a queue's message looks at the configuration's, too.
 */
final class RamMessage implements MessageInterrupt {
    private static final VarHandle WORD =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    /** Anything but 0. */
    private static final int ARRIVED = 0x7176_0001;

    private static final long SPIN_NANOS = 100_000;
    private static final int SPINS = 64;
    private static final long SHORTEST_SLEEP_NANOS = 20_000;
    private static final long LONGEST_SLEEP_NANOS = 940_000; // the system adds some 60 µs
    private static final int SLEEPS_PER_LOOK_AROUND = 8;

    private final QemuMachine machine;
    private final MessageWords words;
    private final int index;
    private final long address;
    private final MemorySegment ram;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final @Nullable RamMessage configuration;

    // of the one thread that waits
    private long configurationHeard;
    private long quietSince;
    private long gaveUp = System.nanoTime() - LONGEST_SLEEP_NANOS;

    private final AtomicLong taken = new AtomicLong();

    RamMessage(
            QemuMachine machine,
            MessageWords words,
            int index,
            long address,
            @Nullable RamMessage configuration) {
        this.machine = machine;
        this.words = words;
        this.index = index;
        this.address = address;
        this.ram = machine.ram().segment();
        this.configuration = configuration;
        this.configurationHeard = configuration == null ? 0 : configuration.heard();
        WORD.setRelease(ram, address, 0);
    }

    @Override
    public Optional<Message> message() {
        return Optional.of(new Message(address, ARRIVED));
    }

    @Override
    public long count() {
        return taken.get();
    }

    @Override
    public boolean poll() {
        // Acquire: what the device stored before the message, the used ring above all, is seen
        // after.
        if ((int) WORD.getAcquire(ram, address) == 0
                || (int) WORD.getAndSet(ram, address, 0) == 0) {
            return false;
        }
        taken.incrementAndGet();
        return true;
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        if (start - gaveUp > LONGEST_SLEEP_NANOS) {
            quietSince = start; // else it is the same wait, in slices
        }
        int sleeps = 0;
        while (true) {
            if (hasSomethingToSay()) {
                gaveUp = start - 2 * LONGEST_SLEEP_NANOS; // the next wait is another one
                return true;
            }
            long now = System.nanoTime();
            if (now - start >= nanos) {
                gaveUp = now;
                return false;
            }
            long quiet = now - quietSince;
            if (quiet < SPIN_NANOS) {
                spin();
            } else {
                long sleep = Math.clamp(quiet / 8, SHORTEST_SLEEP_NANOS, LONGEST_SLEEP_NANOS);
                LockSupport.parkNanos(Math.min(sleep, nanos - (now - start)));
            }
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for " + machine.name());
            }
            if (sleeps++ % SLEEPS_PER_LOOK_AROUND == 0) {
                Optional<DeviceLostException> lost = machine.lost();
                if (lost.isPresent()) {
                    throw lost.get();
                }
            }
        }
    }

    /** Looks at the word alone for a while: what else there is to look at takes longer. */
    private void spin() {
        for (int spin = 0; spin < SPINS; spin++) {
            if ((int) WORD.getOpaque(ram, address) != 0) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    private boolean hasSomethingToSay() {
        if (poll()) {
            return true;
        }
        if (configuration != null) {
            long heard = configuration.heard();
            if (heard != configurationHeard) {
                configurationHeard = heard;
                return true;
            }
        }
        return false;
    }

    /** {@return how many messages have arrived, whether somebody has taken the last one or not} */
    private long heard() {
        return taken.get() + ((int) WORD.getAcquire(ram, address) != 0 ? 1 : 0);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            words.giveBack(index);
        }
    }
}
