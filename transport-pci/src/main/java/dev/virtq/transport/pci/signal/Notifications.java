package dev.virtq.transport.pci.signal;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Interrupt;
import dev.virtq.device.InterruptRoute;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.layout.MsixTable;
import dev.virtq.transport.pci.layout.Presence;
import dev.virtq.transport.pci.layout.VirtioLayout;
import java.util.List;
import java.util.Optional;

/**
 * How the device notifies the driver: by messages where the function and its machine can, else by
 * the ISR status and the interrupt pin (virtio 1.4, sections 4.1.5.3 and 4.1.5.4). Set-up calls
 * come under the transport's lock.
 */
public sealed interface Notifications permits MessageNotifications, StatusNotifications {
    /**
     * Chooses the way.
     *
     * @param function that notifies
     * @param capabilities its capabilities
     * @param layout its structures
     * @param presence whether it is there
     * @return messages if the function has MSI-X, and the machine reaches its table and has a place
     *     for at least one
     * @throws DeviceFaultException when the MSI-X capability is broken
     */
    static Notifications of(
            PciFunction function,
            List<PciCapability> capabilities,
            VirtioLayout layout,
            Presence presence) {
        for (PciCapability capability : capabilities) {
            if (capability instanceof PciCapability.Malformed bad && bad.id() == 0x11) {
                throw new DeviceFaultException(
                        "the MSI-X capability cannot be read", "4.1.1#1", bad.problem());
            }
            if (capability instanceof Msix msix) {
                if (!MsixTable.isReached(function, msix)) {
                    MsixTable.disable(function, msix);
                    break;
                }
                MsixTable table = new MsixTable(function, msix);
                Optional<MessageInterrupt> first = function.allocateMessage(0);
                if (first.isPresent()) {
                    return new MessageNotifications(function, table, layout.common(), first.get());
                }
                MsixTable.disable(function, msix); // the ISR status is not used while it is on
                break;
            }
        }
        return new StatusNotifications(function, layout.isr(), presence);
    }

    /**
     * Asks the device to notify of one queue.
     *
     * @param queue the queue, which is selected in the common configuration
     * @return its used buffer notifications
     * @throws DeviceFaultException when the device refuses
     */
    Interrupt connectQueue(int queue);

    /**
     * Asks the device to notify of configuration changes. Does nothing when it was asked already.
     *
     * @throws DeviceFaultException when the device refuses
     */
    void connectConfig();

    /** {@return configuration change notifications; from {@link #connectConfig} on} */
    Interrupt config();

    /** {@return the ways on which the device gets attention} */
    List<InterruptRoute> routes();

    /** Takes note of a reset, after which the device notifies of nothing (4.1.5.1.2.1#7). */
    void afterReset();

    /** Gives back what the machine lent. Only when the device cannot notify any more. */
    void release();
}
