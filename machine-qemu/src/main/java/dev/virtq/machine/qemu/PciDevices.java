package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.VirtioPciTransport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The functions of a bus and their names: virtio devices are counted by their type, as in {@code
 * net0}, the others go by their place. A name stays with its device as long as that is there.
 *
 * <p>Threads: any.
 */
final class PciDevices {
    private static final int VIRTIO_VENDOR = 0x1af4;

    /** Modern virtio devices: this and the device id (virtio 1.4, section 4.1.2). */
    private static final int MODERN = 0x1040;

    /** Transitional ones; their type is in the subsystem id. */
    private static final int TRANSITIONAL = 0x1000;

    private static final int SUBSYSTEM_ID = 0x2e;

    private static final Comparator<PciAddress> BY_ADDRESS =
            Comparator.comparingInt(PciAddress::bus)
                    .thenComparingInt(PciAddress::device)
                    .thenComparingInt(PciAddress::function);

    private final DeviceNames names = new DeviceNames();
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(QemuPciFunction function, AttachedDevice device) {}

    /**
     * Names functions.
     *
     * @param functions in the order of their addresses
     */
    synchronized void add(List<QemuPciFunction> functions) {
        for (QemuPciFunction function : functions) {
            Optional<DeviceType> type = type(function);
            String name = type.map(names::next).orElse("pci-" + function.address());
            AttachedDevice device =
                    new Attachment(name, type, "pci " + function.address(), () -> open(function));
            entries.add(new Entry(function, device));
        }
        entries.sort(Comparator.comparing(entry -> entry.function().address(), BY_ADDRESS));
    }

    /** Forgets functions that are gone. */
    synchronized void remove(List<QemuPciFunction> functions) {
        for (Entry entry : List.copyOf(entries)) {
            if (functions.contains(entry.function())) {
                entries.remove(entry);
                names.giveBack(entry.device().name());
            }
        }
    }

    /** Forgets what others have taken out. */
    private List<Entry> present() {
        remove(
                entries.stream()
                        .map(Entry::function)
                        .filter(function -> function.removal().flatMap(Removal::lost).isPresent())
                        .toList());
        return entries;
    }

    /** {@return the functions as devices, in the order of their names} */
    synchronized List<AttachedDevice> attached() {
        return present().stream()
                .map(Entry::device)
                .sorted(Comparator.comparing(AttachedDevice::name))
                .toList();
    }

    /** {@return the functions, in the order of their addresses} */
    synchronized List<QemuPciFunction> functions() {
        return present().stream().map(Entry::function).toList();
    }

    /** {@return the function that is a device} */
    synchronized Optional<QemuPciFunction> function(String name) {
        return present().stream()
                .filter(entry -> entry.device().name().equals(name))
                .map(Entry::function)
                .findFirst();
    }

    /** {@return the device that is a function} */
    synchronized AttachedDevice device(QemuPciFunction function) {
        return present().stream()
                .filter(entry -> entry.function() == function)
                .map(Entry::device)
                .findFirst()
                .orElseThrow();
    }

    private static Transport open(PciFunction function) {
        function.lost()
                .ifPresent(lost -> {
                    throw lost;
                });
        return VirtioPciTransport.open(function);
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
