package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.VirtioPciTransport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Gives the functions of a bus their names: virtio devices are counted by their type, as in {@code
 * net0}, the others go by their place.
 */
final class PciDevices {
    private static final int VIRTIO_VENDOR = 0x1af4;

    /** Modern virtio devices: this and the device id (virtio 1.4, section 4.1.2). */
    private static final int MODERN = 0x1040;

    /** Transitional ones; their type is in the subsystem id. */
    private static final int TRANSITIONAL = 0x1000;

    private static final int SUBSYSTEM_ID = 0x2e;

    private PciDevices() {}

    static List<AttachedDevice> of(List<QemuPciFunction> functions) {
        DeviceNames names = new DeviceNames();
        List<AttachedDevice> devices = new ArrayList<>();
        for (PciFunction function : functions) {
            Optional<DeviceType> type = type(function);
            String name = type.map(names::next).orElse("pci-" + function.address());
            devices.add(
                    new Attachment(
                            name,
                            type,
                            "pci " + function.address(),
                            () -> VirtioPciTransport.open(function)));
        }
        devices.sort(Comparator.comparing(AttachedDevice::name));
        return List.copyOf(devices);
    }

    private static Optional<DeviceType> type(PciFunction function) {
        int vendor = function.configSpace().readShort(0) & 0xffff;
        int device = function.configSpace().readShort(2) & 0xffff;
        if (vendor != VIRTIO_VENDOR || device < TRANSITIONAL || device > MODERN + 0x3f) {
            return Optional.empty();
        }
        int id =
                device > MODERN
                        ? device - MODERN
                        : function.configSpace().readShort(SUBSYSTEM_ID) & 0xffff;
        return id >= 1 && id <= 0xfff ? Optional.of(DeviceType.of(id)) : Optional.empty();
    }
}
