package dev.virtq.machine.qemu;

import dev.virtq.machine.InterruptMode;
import dev.virtq.machine.qemu.MachineType.MmioPlaces;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.mmio.MmioSlot;
import java.util.Optional;

/** A slot of a QEMU machine: its registers over qtest. */
final class QemuMmioSlot extends QemuPlace implements MmioSlot {
    private final int place;
    private final long address;
    private final RegisterWindow registers;

    QemuMmioSlot(QemuMachine machine, int place) {
        super(machine);
        this.place = place;
        address = machine.commandLine().machineType().places().address(place);
        registers = new QtestWindow(machine.qtest(), address, MmioPlaces.BYTES);
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public RegisterWindow registers() {
        return registers;
    }

    @Override
    public Optional<InterruptLine> line() {
        return machine.interrupts() == InterruptMode.INTX
                ? Optional.of(machine.interruptController().mmioLine(place))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "mmio 0x%x".formatted(address);
    }
}
