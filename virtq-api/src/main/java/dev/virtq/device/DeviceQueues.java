package dev.virtq.device;

import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.Virtqueue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The queues of one device: which are set up, and what is done to one of them or to all. When it is
 * the time for that, {@link VirtioDevice} knows.
 */
final class DeviceQueues {
    private record Entry(QueueControl control, QueueHealth health) {}

    private final Transport transport;
    private final FeatureNegotiation negotiation;
    private final Health health;
    private final Map<Integer, Entry> entries = new TreeMap<>();
    private final RingFeatures ringFeatures;

    /** Where the queues go on that a new device has not yet been told of, of one that was lost. */
    private final Map<Integer, Integer> resumeStates = new TreeMap<>();

    DeviceQueues(Transport transport, FeatureNegotiation negotiation, Health health) {
        this.transport = transport;
        this.negotiation = negotiation;
        this.health = health;
        ringFeatures = new RingFeatures(negotiation.decidedByRings());
    }

    /** {@return what the queues that there are allow to be negotiated} */
    RingFeatures ringFeatures() {
        return ringFeatures;
    }

    /** {@return the queue, when it is enabled} */
    @Nullable Virtqueue enabled(int index) {
        Entry entry = entries.get(index);
        return entry != null && health.isEnabled(index) ? entry.control.queue() : null;
    }

    /** {@return whether the queue was set up before, and a reset has ended that} */
    boolean wasReset(int index) {
        return entries.containsKey(index) && !health.isEnabled(index);
    }

    /** Sets a queue up, for the first time or after a reset. */
    Virtqueue setUp(int index, QueueOptions options, FeatureSet accepted) {
        QueueSetupSequence sequence =
                new QueueSetupSequence(transport, negotiation, accepted, health);
        Entry entry = entries.get(index);
        if (entry == null) {
            QueueHealth own = new QueueHealth(health);
            entry = new Entry(sequence.create(index, options, own), own);
            entries.put(index, entry);
            ringFeatures.ringMade(accepted);
        } else {
            refuseIfFailed(entry);
            sequence.resume(index, entry.control, Optional.ofNullable(resumeStates.get(index)));
            resumeStates.remove(index); // not before: what failed may be tried again
        }
        return entry.control.queue();
    }

    List<Virtqueue> all() {
        return entries.values().stream().map(entry -> entry.control.queue()).toList();
    }

    /** Refuses when a queue from before a reset was not set up again. */
    void checkAllEnabled() {
        for (int index : entries.keySet()) {
            if (!health.isEnabled(index)) {
                throw new IllegalStateException(
                        "cannot start: queue %d was not set up again after the reset; call queue(%d)"
                                .formatted(index, index));
            }
        }
    }

    /** Resets one queue, while the others run (section 2.6.1). */
    void reset(int index) {
        Entry entry = entries.get(index);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "queue %d was not set up (expected: one of %s)"
                            .formatted(index, entries.keySet()));
        }
        refuseIfFailed(entry);
        if (!health.isEnabled(index)) {
            throw new IllegalStateException(
                    "queue %d was reset already; queue(%d) enables it again"
                            .formatted(index, index));
        }
        entry.control.checkOwner();
        health.disabled(index);
        try {
            transport.resetQueue(index); // waits until the device has confirmed it (2.6.1.1.2#1)
        } catch (RuntimeException e) {
            VirtioException why = notConfirmed(index, e);
            entry.health.outOfUse(why);
            throw why;
        }
        entry.control.returnAll();
    }

    /** Refuses when another living thread owns one of the queues. */
    void checkOwners() {
        each(QueueControl::checkOwner);
    }

    /** From now on nothing is made available, and the device not notified. */
    void suspend() {
        each(QueueControl::suspend);
    }

    void resume() {
        each(QueueControl::resume);
    }

    /** After a confirmed reset of the device: what was with it is its owners' again. */
    void deviceWasReset() {
        resumeStates.clear();
        each(QueueControl::returnAll);
        goOn();
    }

    /** Takes what a device that is lost had used. {@return how many transfers} */
    int takeWhatWasUsed() {
        return entries.values().stream().mapToInt(entry -> entry.control.takeWhatWasUsed()).sum();
    }

    /** {@return whether another device could go on with the rings as they are} */
    boolean canBeResumed() {
        return entries.values().stream()
                .allMatch(entry -> entry.control.ring().resumeState().isPresent());
    }

    /**
     * After a device was lost, and another one was connected to: it goes on with the rings as they
     * are. To be asked only when they can be resumed.
     *
     * @return how many transfers it has now
     */
    int resumeAll() {
        entries.forEach((index, entry) ->
                entry.control
                        .ring()
                        .resumeState()
                        .ifPresent(state -> resumeStates.put(index, state)));
        goOn();
        return entries.values().stream().mapToInt(entry -> entry.control.ring().inFlight()).sum();
    }

    /** As {@link #resumeAll}, for a device that knows nothing of the one before it. */
    QueueControl.Redelivered redeliverAll() {
        resumeStates.clear();
        int sentAgain = 0;
        int returned = 0;
        for (Entry entry : entries.values()) {
            QueueControl.Redelivered one = entry.control.redeliver();
            sentAgain += one.sentAgain();
            returned += one.returned();
        }
        goOn();
        return new QueueControl.Redelivered(sentAgain, returned);
    }

    private void goOn() {
        for (Entry entry : entries.values()) {
            entry.control.settle();
            entry.control.resume();
            entry.health.deviceWasReset();
        }
    }

    void close(boolean resetConfirmed) {
        each(control -> control.close(resetConfirmed));
    }

    private void each(Consumer<QueueControl> action) {
        entries.values().forEach(entry -> action.accept(entry.control));
    }

    private static void refuseIfFailed(Entry entry) {
        VirtioException failure = entry.health.failure();
        if (failure != null) {
            throw failure.again();
        }
    }

    /**
     * The device may still write to what it has of the queue: its owners get none of it back before
     * a reset of the whole device was confirmed.
     */
    private static VirtioException notConfirmed(int index, RuntimeException found) {
        if (found instanceof DeviceLostException lost) {
            return lost;
        }
        String outOfUse = "queue %d is out of use until VirtioDevice.reset(): ".formatted(index);
        if (!(found instanceof VirtioException)) {
            return new VirtioException(outOfUse + "its reset failed", found);
        }
        DeviceFaultException fault =
                new DeviceFaultException(
                        outOfUse + "the device did not confirm its reset",
                        "2.6.1.1.1",
                        String.valueOf(found.getMessage()));
        fault.initCause(found);
        return fault;
    }
}
