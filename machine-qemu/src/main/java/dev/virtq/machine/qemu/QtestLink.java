package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends qtest commands and matches their answers.
 *
 * <p>QEMU answers every command, in order, and its main loop stops when some 277 answers wait
 * unread. So a posted command, whose answer nobody waits for, is counted until the answer was
 * taken, and the count is bounded well below that. Taking answers costs a system call, so it is
 * done by whoever comes by (a post now and then, every command with a value), and by one thread per
 * link that looks in when nobody does: it also notices that QEMU is gone.
 */
final class QtestLink implements AutoCloseable {
    /** With this many answers open, a post waits. */
    static final int MAX_OUTSTANDING = 128;

    /** With this many answers open, a post looks whether some have come. */
    private static final int DRAIN_FROM = 32;

    private static final long SPIN_NANOS = 30_000;
    private static final System.Logger LOG = System.getLogger(QtestLink.class.getName());

    private final UnixSocket socket;
    private final long timeoutNanos;
    private final QtestAnswers answers;
    private final ReentrantLock lock = new ReentrantLock();
    private final QtestListeners listeners = new QtestListeners(this);
    private final Thread caretaker;

    private int outstanding;
    private boolean busy;
    private @Nullable String postedFailure;
    private volatile @Nullable String dead;
    private volatile long caretakerPauseMillis = 100;

    QtestLink(UnixSocket socket, long timeoutNanos, QtestInterrupts interrupts) {
        this.socket = socket;
        this.timeoutNanos = timeoutNanos;
        this.answers = new QtestAnswers(socket, interrupts);
        this.caretaker =
                Thread.ofPlatform().daemon().name("virtq-qtest-drain").unstarted(this::lookIn);
        caretaker.start();
    }

    /** Takes the lock; what is sent until {@link #leave} is not mixed with others' commands. */
    void enter() {
        lock.lock();
        if (busy) {
            lock.unlock();
            throw new IllegalStateException(
                    "a listener of interrupt lines may not use the qtest client that calls it");
        }
        busy = true;
        try {
            throwIfUnusable();
        } catch (RuntimeException unusable) {
            leave();
            throw unusable;
        }
    }

    void leave() {
        busy = false;
        lock.unlock();
    }

    /** Sends a command and does not wait for its answer. Under the lock. */
    void post(QtestLine line) {
        long deadline = System.nanoTime() + timeoutNanos;
        try {
            if (outstanding >= DRAIN_FROM) {
                takePostedAnswers();
            }
            while (outstanding >= MAX_OUTSTANDING) {
                waitForInput(deadline, line);
                takePostedAnswers();
            }
            send(line, deadline);
            outstanding++;
        } catch (IOException failure) {
            throw die(failure.getMessage());
        }
    }

    /**
     * Sends a command and waits for its answer, which then can be read from the result until {@link
     * #leave}. Under the lock.
     */
    QtestAnswers exchange(QtestLine line) {
        long deadline = System.nanoTime() + timeoutNanos;
        try {
            send(line, deadline);
            while (true) {
                while (answers.next()) {
                    if (outstanding == 0) {
                        throwPostedFailure();
                        if (!answers.isOk()) {
                            throw new QemuException(
                                    "QEMU refused '%s': %s".formatted(line.text(), answers.text()));
                        }
                        return answers;
                    }
                    acknowledge();
                }
                waitForInput(deadline, line);
            }
        } catch (IOException failure) {
            throw die(failure.getMessage());
        }
    }

    /** Looks for answers and interrupts that have come, without waiting. */
    void drain() {
        enter();
        try {
            takePostedAnswers();
            throwPostedFailure();
        } catch (IOException failure) {
            throw die(failure.getMessage());
        } finally {
            leave();
        }
    }

    /** As {@link #drain}, unless somebody else reads just now. Says nothing of what went wrong. */
    void drainIfFree() {
        if (dead != null || !lock.tryLock()) {
            return;
        }
        if (busy) { // a listener of lines asks, in the middle of a command of this thread
            lock.unlock();
            return;
        }
        busy = true;
        try {
            if (dead == null) {
                takePostedAnswers();
            }
        } catch (IOException failure) {
            LOG.log(System.Logger.Level.DEBUG, "qtest is gone: {0}", die(failure.getMessage()));
        } finally {
            leave();
        }
    }

    /** {@return the threads that wait for reports} */
    QtestListeners listeners() {
        return listeners;
    }

    InputWatch watch() throws IOException {
        return socket.watch();
    }

    /** An answer that makes no sense: what follows cannot be trusted either. */
    DeviceLostException die(@Nullable String reason) {
        if (dead == null) {
            dead = reason == null ? "the socket broke" : reason;
            try {
                socket.close();
            } catch (IOException failure) {
                LOG.log(System.Logger.Level.DEBUG, "closing the qtest socket failed", failure);
            }
        }
        return gone();
    }

    @Nullable String dead() {
        return dead;
    }

    /** With interrupt lines intercepted, QEMU writes by itself: look in more often. */
    void expectInterrupts() {
        caretakerPauseMillis = 20;
        caretaker.interrupt();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            die("the client was closed");
        } finally {
            lock.unlock();
        }
        caretaker.interrupt();
    }

    private void send(QtestLine line, long deadline) throws IOException {
        ByteBuffer bytes = line.end();
        socket.write(bytes);
        while (bytes.hasRemaining()) {
            // QEMU may be waiting for us to read before it reads on.
            takePostedAnswers();
            if (!socket.awaitReadableOrWritable(deadline)) {
                throw new IOException("QEMU does not read its qtest socket (is it hanging?)");
            }
            socket.write(bytes);
        }
    }

    private void takePostedAnswers() throws IOException {
        do {
            while (answers.next()) {
                if (outstanding == 0) {
                    throw new IOException(
                            "QEMU answered what nobody asked: '%s'".formatted(answers.text()));
                }
                acknowledge();
            }
        } while (answers.fill());
    }

    private void acknowledge() {
        outstanding--;
        if (!answers.isOk() && postedFailure == null) {
            postedFailure = answers.text();
        }
    }

    private void waitForInput(long deadline, QtestLine line) throws IOException {
        // A round trip takes some 20 µs; sleeping in the kernel and waking up would double it.
        long spinEnd = System.nanoTime() + SPIN_NANOS;
        do {
            if (answers.fill()) {
                return;
            }
        } while (System.nanoTime() - spinEnd < 0);
        while (!answers.fill()) {
            if (!socket.awaitReadable(deadline)) {
                throw new IOException(
                        "QEMU did not answer '%s' within %d ms"
                                .formatted(line.text(), timeoutNanos / 1_000_000));
            }
        }
    }

    private void lookIn() {
        while (dead == null) {
            try {
                Thread.sleep(caretakerPauseMillis);
            } catch (InterruptedException wokenToLookAgain) {
                continue;
            }
            drainIfFree();
        }
    }

    private void throwIfUnusable() {
        if (dead != null) {
            throw gone();
        }
        throwPostedFailure();
    }

    private void throwPostedFailure() {
        String failure = postedFailure;
        if (failure != null) {
            postedFailure = null;
            throw new QemuException("QEMU refused an earlier posted write: " + failure);
        }
    }

    DeviceLostException gone() {
        return new DeviceLostException("no qtest any more: " + dead);
    }
}
