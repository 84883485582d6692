package dev.virtq.transport.pci.signal;

import dev.virtq.device.Interrupt;
import dev.virtq.transport.EventSource;
import dev.virtq.transport.SignalHub;
import dev.virtq.transport.pci.MessageInterrupt;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A vector of MSI-X that the machine has a place for. Its message says that something that is
 * mapped to it has happened, and not what.
 */
final class Vector implements EventSource {
    private final int number;
    private final MessageInterrupt message;
    private final SignalHub hub = new SignalHub(this);
    private final SortedSet<String> served = new TreeSet<>();
    private boolean programmed;

    Vector(int number, MessageInterrupt message) {
        this.number = number;
        this.message = message;
    }

    int number() {
        return number;
    }

    MessageInterrupt message() {
        return message;
    }

    /** {@return whether its entry of the table is to be written; asked once} */
    boolean takeProgramming() {
        boolean needed = !programmed && message.message().isPresent();
        programmed = true;
        return needed;
    }

    void deviceReset() {
        programmed = false;
        served.clear();
    }

    /** Something is mapped to it. */
    void serves(String event) {
        served.add(event);
    }

    /** {@return what is mapped to it} */
    String served() {
        return served.isEmpty() ? "nothing yet" : String.join(", ", served);
    }

    Interrupt subscribe(int kind) {
        return hub.subscribe(kind);
    }

    @Override
    public int poll() {
        return message.poll() ? QUEUE | CONFIG : 0;
    }

    @Override
    public int await(long nanos) throws InterruptedException {
        return message.await(nanos) ? QUEUE | CONFIG : 0;
    }
}
