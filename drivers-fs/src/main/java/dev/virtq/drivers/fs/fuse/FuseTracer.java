package dev.virtq.drivers.fs.fuse;

/** Hears of each request when it is done. Called by the thread that asked; it must be quick. */
@FunctionalInterface
public interface FuseTracer {
    /** Hears nothing. */
    FuseTracer NONE = event -> {};

    /**
     * A request is done.
     *
     * @param event what it was
     */
    void done(Event event);

    /**
     * A request, and how it ended.
     *
     * @param opcode what was asked for
     * @param node the file that it was about
     * @param unique the request's own number
     * @param queue the queue that it went over
     * @param sent how many bytes the device read
     * @param received how many bytes the device wrote
     * @param buffers of how many buffers its descriptor chain consisted
     * @param copied how many bytes of a file were copied in this process: none when the device
     *     reaches the memory that they are in
     * @param error the error number of the answer, positive; 0 when it succeeded
     * @param nanos how long it took, in nanoseconds
     */
    record Event(
            FuseOpcode opcode,
            long node,
            long unique,
            int queue,
            long sent,
            long received,
            int buffers,
            long copied,
            int error,
            long nanos) {}
}
