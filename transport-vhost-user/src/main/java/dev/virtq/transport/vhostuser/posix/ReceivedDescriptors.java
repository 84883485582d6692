package dev.virtq.transport.vhostuser.posix;

import java.util.ArrayDeque;
import java.util.Deque;

/** File descriptors that came over a socket. Those that nobody takes are closed with it. */
public final class ReceivedDescriptors implements AutoCloseable {
    /** As many as come in one message; vhost-user sends eight at most. */
    static final int MOST = 64;

    private final Deque<Integer> numbers = new ArrayDeque<>();

    /** Nothing has come yet. */
    public ReceivedDescriptors() {}

    void add(int number) {
        numbers.add(number);
    }

    /** {@return how many there are} */
    public int count() {
        return numbers.size();
    }

    int take() {
        return numbers.remove();
    }

    /** {@return the next, as memory} */
    public MemoryFile takeMemory() {
        return new MemoryFile(take());
    }

    @Override
    public void close() throws PosixException {
        while (!numbers.isEmpty()) {
            Posix.close(numbers.remove());
        }
    }
}
