package dev.virtq.machine.qemu;

import dev.virtq.transport.pci.PciAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The {@linkplain QemuDevice#hotPlugPort() ports} of a machine that its command line has asked for.
 */
final class HotPlugPorts {
    private final List<Port> ports = new ArrayList<>();

    /**
     * A port, and what is behind it.
     *
     * @param id what QEMU calls it
     * @param bridge the port as a bridge
     * @param slot into which a device is put
     * @param bus the bus behind it as it was at the start
     * @param windows the addresses that it passes on
     */
    record Port(
            String id, FoundFunction bridge, HotPlugSlot slot, FoundBus bus, BarWindows windows) {
        boolean reaches(PciAddress address) {
            return bus.reaches(address.bus());
        }
    }

    /**
     * Looks for them.
     *
     * @param devices of the command line
     * @param root the buses of the machine
     * @param ids what QEMU calls the devices there
     */
    HotPlugPorts(List<QemuDevice> devices, FoundBus root, QdevIds ids) {
        List<String> named = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            if (devices.get(index) instanceof HotPlugPort) {
                named.add(HotPlugPort.id(index));
            }
        }
        find(root, named, ids);
    }

    /** {@return whether a command line has any} */
    static boolean areAmong(List<QemuDevice> devices) {
        return devices.stream().anyMatch(HotPlugPort.class::isInstance);
    }

    private void find(FoundBus bus, List<String> named, QdevIds ids) {
        for (FoundFunction function : bus.functions()) {
            Optional<String> id = ids.at(function.address()).filter(named::contains);
            Optional<HotPlugSlot> slot = function.slot();
            Optional<FoundBus> behind = function.behind();
            Optional<BarWindows> windows = function.windows();
            if (id.isPresent() && slot.isPresent() && behind.isPresent() && windows.isPresent()) {
                ports.add(new Port(id.get(), function, slot.get(), behind.get(), windows.get()));
            } else if (behind.isPresent()) {
                find(behind.get(), named, ids);
            }
        }
    }

    /** {@return the port that an address is behind; empty when it is behind none} */
    Optional<Port> before(PciAddress address) {
        return ports.stream().filter(port -> port.reaches(address)).findFirst();
    }

    /**
     * {@return the first port with nothing in its slot}
     *
     * @throws QemuException when there is none
     */
    Port empty() {
        if (ports.isEmpty()) {
            throw new QemuException(
                    "the machine has no port to plug a device into (expected: QemuDevice.hotPlugPort() among its devices)");
        }
        return ports.stream()
                .filter(port -> !port.slot().isOccupied())
                .findFirst()
                .orElseThrow(() ->
                        new QemuException(
                                "all %d hot-plug ports of the machine have a device: unplug one first"
                                        .formatted(ports.size())));
    }
}
