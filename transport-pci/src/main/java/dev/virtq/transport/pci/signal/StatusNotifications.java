package dev.virtq.transport.pci.signal;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Interrupt;
import dev.virtq.device.InterruptRoute;
import dev.virtq.transport.EventSource;
import dev.virtq.transport.EventStatus;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.SignalHub;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.layout.ConfigHeader;
import dev.virtq.transport.pci.layout.Presence;
import java.util.List;
import java.util.Optional;

/**
 * Notifications by the ISR status: nothing to set up, and all queues in one bit. The interrupt pin
 * says when it is to be read; where nobody listens to its line, the status is looked at now and
 * then and the pin stays silent.
 */
final class StatusNotifications implements Notifications {
    private static final int ISR_STATUS = 0;

    private final ConfigHeader header;
    private final Optional<InterruptLine> line;
    private final EventStatus status;
    private final SignalHub hub;
    private final Interrupt config;

    StatusNotifications(PciFunction function, RegisterWindow isr, Presence presence) {
        header = new ConfigHeader(function.configSpace());
        line = function.line();
        status =
                new EventStatus(
                        () -> presence.checked(isr.readByte(ISR_STATUS) & 0xff), // which clears it
                        line.orElse(null),
                        presence::lost);
        hub = new SignalHub(status);
        config = hub.subscribe(EventSource.CONFIG);
        if (line.isPresent()) {
            header.enablePin(true);
        }
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
    public List<InterruptRoute> routes() {
        return List.of(
                new InterruptRoute(
                        line.map(up -> "line " + up.number()).orElse("ISR status"),
                        "all queues, configuration",
                        line.map(InterruptLine::rises).orElse(status.told()),
                        header.isPinDisabled(),
                        header.isPinPending(),
                        line.isPresent()
                                ? "read when the line is up, which others may share"
                                : "looked at now and then: nobody listens to the pin"));
    }

    @Override
    public void afterReset() {}

    @Override
    public void release() {
        if (line.isEmpty()) {
            return;
        }
        try {
            header.enablePin(false);
        } catch (DeviceLostException gone) {
            // Whoever closes a transport of a lost device has nothing to silence any more.
        }
    }
}
