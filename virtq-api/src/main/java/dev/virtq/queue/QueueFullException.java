package dev.virtq.queue;

/**
 * There is not enough room in the ring for one more prepared transfer. Only {@link
 * Virtqueue#prepare} throws it; the buffers stay with their owner.
 */
public class QueueFullException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * Says how much was needed and how much is there.
     *
     * @param message one line
     */
    public QueueFullException(String message) {
        super(message);
    }
}
