package dev.virtq.queue;

/**
 * How many buffers a kind of request may have: stated once by a driver, and held by each of its
 * requests before it comes near a ring.
 *
 * <pre>{@code
 * static final BufferBounds READ = BufferBounds.sending(1, 1).receiving(1, 16);
 * ...
 * queue.prepare(BufferList.send(request).receive(pages).within(READ));
 * }</pre>
 *
 * <p>They bound what is asked for, and not how the device sees it: a buffer that lies across a hole
 * in memory is one buffer here and several descriptors there.
 *
 * @param minSent how many device-readable buffers at least
 * @param maxSent how many device-readable buffers at most
 * @param minReceived how many device-writable buffers at least
 * @param maxReceived how many device-writable buffers at most
 */
public record BufferBounds(int minSent, int maxSent, int minReceived, int maxReceived) {
    /** Refuses bounds that nothing can be within. */
    public BufferBounds {
        check("sent", minSent, maxSent);
        check("received", minReceived, maxReceived);
    }

    /**
     * {@return bounds for a request that receives nothing}
     *
     * @param min how many device-readable buffers at least
     * @param max how many device-readable buffers at most
     */
    public static BufferBounds sending(int min, int max) {
        return new BufferBounds(min, max, 0, 0);
    }

    /**
     * {@return these bounds, for a request that also receives}
     *
     * @param min how many device-writable buffers at least
     * @param max how many device-writable buffers at most
     */
    public BufferBounds receiving(int min, int max) {
        return new BufferBounds(minSent, maxSent, min, max);
    }

    /**
     * Refuses a request that has fewer buffers, or more.
     *
     * @param buffers the request
     * @throws IllegalArgumentException when it is not within these bounds
     */
    public void check(BufferList buffers) {
        checkCount("sends", buffers.sent().size(), minSent, maxSent);
        checkCount("receives", buffers.received().size(), minReceived, maxReceived);
    }

    private static void checkCount(String does, int count, int min, int max) {
        if (count < min || count > max) {
            throw new IllegalArgumentException(
                    "a request that %s %d buffers (expected: %d..%d)"
                            .formatted(does, count, min, max));
        }
    }

    private static void check(String half, int min, int max) {
        if (min < 0 || max < min) {
            throw new IllegalArgumentException(
                    "%d..%d buffers %s (expected: 0 or more, and no fewer at most than at least)"
                            .formatted(min, max, half));
        }
    }
}
