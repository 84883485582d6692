package dev.virtq.transport.pci.signal;

import dev.virtq.device.Interrupt;
import dev.virtq.transport.EventSource;
import dev.virtq.transport.EventStatus;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.SignalHub;
import dev.virtq.transport.pci.layout.Presence;

/** Notifications by the ISR status alone: nothing to set up, and all queues in one bit. */
final class PolledNotifications implements Notifications {
    private static final int ISR_STATUS = 0;

    private final SignalHub hub;
    private final Interrupt config;

    PolledNotifications(RegisterWindow isr, Presence presence) {
        hub =
                new SignalHub(
                        new EventStatus(
                                () ->
                                        presence.checked(
                                                isr.readByte(ISR_STATUS) & 0xff), // which clears it
                                null, // nobody listens to the interrupt pin
                                presence::lost));
        config = hub.subscribe(EventSource.CONFIG);
    }

    @Override
    public Interrupt connectQueue(int queue) {
        return hub.subscribe(EventSource.QUEUE);
    }

    @Override
    public void connectConfig() {}

    @Override
    public Interrupt config() {
        return config;
    }

    @Override
    public void afterReset() {}

    @Override
    public void release() {}
}
