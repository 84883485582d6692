package dev.virtq.device;

import dev.virtq.queue.QueueControl;
import java.time.Duration;
import java.util.Optional;

/**
 * How a device that was lost is connected to anew, in two steps: first there is somebody who can be
 * spoken to again, and once it is known what he takes, it is decided what becomes of the transfers
 * that the lost one had. Until then they stay as they are, and the queues refuse.
 */
final class Reconnection {
    private final Transport transport;
    private final DeviceQueues queues;
    private boolean undecided;
    private boolean decided;
    private FeatureSet acceptedBefore = FeatureSet.EMPTY;
    private Recovery recovery = Recovery.NONE;

    Reconnection(Transport transport, DeviceQueues queues) {
        this.transport = transport;
        this.queues = queues;
    }

    /**
     * Connects.
     *
     * @param accepted the features that the lost device had
     */
    void begin(FeatureSet accepted, Duration timeout) throws InterruptedException {
        if (!undecided) {
            undecided = true;
            acceptedBefore = accepted;
            recovery = Recovery.NONE;
            decided = false;
        }
        // Before anything is changed: what is in the memory now, this device has written.
        recovery = recovery.withCompleted(queues.takeWhatWasUsed());
        transport.reconnect(timeout);
    }

    boolean isUndecided() {
        return undecided;
    }

    /** The features are settled: what becomes of the transfers is, too. */
    void decide(FeatureSet accepted) {
        if (accepted.equals(acceptedBefore) && queues.canBeResumed() && transport.resume()) {
            recovery = new Recovery(recovery.completed(), queues.resumeAll(), 0, 0);
        } else {
            QueueControl.Redelivered redelivered = queues.redeliverAll();
            recovery =
                    new Recovery(
                            recovery.completed(),
                            0,
                            redelivered.sentAgain(),
                            redelivered.returned());
        }
        undecided = false;
        decided = true;
    }

    /** A reset has returned everything. */
    void deviceWasReset() {
        undecided = false;
    }

    /** {@return what became of the transfers; empty before it was decided} */
    Optional<Recovery> recovery() {
        return decided ? Optional.of(recovery) : Optional.empty();
    }
}
