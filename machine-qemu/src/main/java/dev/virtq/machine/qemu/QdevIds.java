package dev.virtq.machine.qemu;

import dev.virtq.transport.pci.PciAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What QEMU calls the devices at the addresses of a PCI bus, as {@code query-pci} tells. */
final class QdevIds {
    /** Bridges behind bridges; there are no more buses. */
    private static final int DEEPEST = 256;

    /** For a machine in which nobody looks for one. */
    static final QdevIds NONE = new QdevIds();

    private final Map<PciAddress, String> ids = new HashMap<>();

    private QdevIds() {}

    /** Asks QEMU, once the buses have their numbers. */
    static QdevIds ask(QmpClient qmp) {
        QdevIds found = new QdevIds();
        for (JsonNode bus : qmp.execute("query-pci")) {
            found.add(bus.path("devices"), 0);
        }
        return found;
    }

    private void add(JsonNode devices, int depth) {
        for (JsonNode device : devices) {
            String id = device.path("qdev_id").asString("");
            if (!id.isEmpty()) {
                ids.put(
                        new PciAddress(
                                device.path("bus").asInt(0),
                                device.path("slot").asInt(0),
                                device.path("function").asInt(0)),
                        id);
            }
            if (depth < DEEPEST) {
                add(device.path("pci_bridge").path("devices"), depth + 1);
            }
        }
    }

    /** {@return the id of the device at an address; empty when it has none} */
    Optional<String> at(PciAddress address) {
        return Optional.ofNullable(ids.get(address));
    }
}
