package dev.virtq.machine.qemu;

import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.mmio.MmioOccupant;
import dev.virtq.transport.mmio.MmioSlot;
import dev.virtq.transport.mmio.VirtioMmioTransport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The places that a machine keeps for virtio devices. QEMU fills them from the last one on, so
 * devices are counted from there, too.
 */
public final class MmioSlots {
    private final List<MmioSlot> occupied = new ArrayList<>();
    private final List<AttachedDevice> devices = new ArrayList<>();

    MmioSlots(QemuMachine machine) {
        DeviceNames names = new DeviceNames();
        int places = machine.commandLine().machineType().places().count();
        for (int place = places - 1; place >= 0; place--) {
            add(new QemuMmioSlot(machine, place), names);
        }
        devices.sort(Comparator.comparing(AttachedDevice::name));
    }

    private void add(MmioSlot slot, DeviceNames names) {
        String location = "mmio 0x%x".formatted(slot.address());
        switch (MmioOccupant.of(slot.registers())) {
            case MmioOccupant.Present present ->
                    attach(names.next(present.type()), Optional.of(present), location, slot);
            // It cannot be driven, and whoever tries is told why.
            case MmioOccupant.OtherVersion _, MmioOccupant.OtherKind _ ->
                    attach("mmio-%x".formatted(slot.address()), Optional.empty(), location, slot);
            case MmioOccupant.Placeholder _, MmioOccupant.Stranger _ -> {}
        }
    }

    private void attach(
            String name, Optional<MmioOccupant.Present> present, String location, MmioSlot slot) {
        occupied.add(slot);
        devices.add(
                new Attachment(
                        name,
                        present.map(MmioOccupant.Present::type),
                        location,
                        () -> VirtioMmioTransport.open(slot)));
    }

    /** {@return the slots that something is in, the last one first} */
    public List<MmioSlot> occupied() {
        return List.copyOf(occupied);
    }

    /** {@return them as devices, in the order of their names} */
    List<AttachedDevice> devices() {
        return List.copyOf(devices);
    }
}
