package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;

/**
 * Waits for input on a socket that somebody else reads: sleeps until there is some, and does not
 * take it. One thread at a time waits; any may wake it.
 */
final class InputWatch implements AutoCloseable {
    private final Selector selector;

    InputWatch(Selector selector) {
        this.selector = selector;
    }

    /**
     * Waits until there is input, somebody wakes the thread, or the time is over. It may return
     * early for no reason, too.
     *
     * @throws IOException when the socket was closed
     * @throws InterruptedException when the thread is interrupted
     */
    void await(long nanos) throws IOException, InterruptedException {
        try {
            selector.selectedKeys().clear();
            selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (selector.keys().isEmpty()) { // the channel was closed, and the selector not yet
                throw new IOException("the socket was closed");
            }
        } catch (ClosedSelectorException closed) {
            throw new IOException("the socket was closed", closed);
        }
    }

    /** Ends the wait that goes on, or else the next one. */
    void wake() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }
}
