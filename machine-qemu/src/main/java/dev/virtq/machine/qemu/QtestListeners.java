package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * The threads that wait for QEMU to report something by itself. Each sleeps on the socket, and
 * whoever wakes up first reads; the others are woken when what was read concerns them.
 */
final class QtestListeners {
    private final QtestLink link;
    private final ConcurrentLinkedQueue<InputWatch> idle = new ConcurrentLinkedQueue<>();
    private final Set<InputWatch> waiting = ConcurrentHashMap.newKeySet();

    QtestListeners(QtestLink link) {
        this.link = link;
    }

    /**
     * Waits until something was reported.
     *
     * @param reported whether it was
     * @param nanos how long at most, in nanoseconds
     * @return whether it was; {@code false} says that the time is over
     * @throws DeviceLostException when QEMU is gone
     */
    boolean await(BooleanSupplier reported, long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        InputWatch watch = borrow();
        // Before the first look: who reads for us after that look finds somebody to wake.
        waiting.add(watch);
        try {
            while (true) {
                link.drainIfFree();
                if (reported.getAsBoolean()) {
                    return true;
                }
                if (link.dead() != null) {
                    throw link.gone();
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                watch.await(left);
            }
        } catch (IOException closed) {
            throw link.gone();
        } finally {
            waiting.remove(watch);
            idle.add(watch);
        }
    }

    /** Something was reported: whoever waits looks whether it is theirs. */
    void wakeAll() {
        waiting.forEach(InputWatch::wake);
    }

    private InputWatch borrow() {
        InputWatch watch = idle.poll();
        try {
            return watch != null ? watch : link.watch();
        } catch (IOException closed) {
            throw link.gone();
        }
    }
}
