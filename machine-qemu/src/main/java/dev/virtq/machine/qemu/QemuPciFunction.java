package dev.virtq.machine.qemu;

import dev.virtq.machine.InterruptMode;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.BarProbe;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A function of a QEMU machine: its registers over qtest, its messages as words of the RAM. */
final class QemuPciFunction extends QemuPlace implements PciFunction {
    private static final int VENDOR = 0x00;
    private static final int DEVICE = 0x02;
    private static final int HEADER_TYPE = 0x0e;
    private static final int INTERRUPT_PIN = 0x3d;
    private static final int COMMAND = 0x04;
    private static final int PORTS_MEMORY_AND_BUS_MASTER = 0x7;

    private final PciAddress address;
    private final RegisterWindow config;
    private final List<PciBar> bars;
    private @Nullable RamMessage configuration; // of vector 0, which a transport allocates first

    QemuPciFunction(
            QemuMachine machine, PciAddress address, RegisterWindow config, BarWindows windows) {
        super(machine);
        this.address = address;
        this.config = config;
        this.bars = isOrdinary(config) ? assign(config, windows) : List.of();
    }

    @Override
    public PciAddress address() {
        return address;
    }

    @Override
    public RegisterWindow configSpace() {
        return config;
    }

    @Override
    public List<PciBar> bars() {
        return bars;
    }

    @Override
    public RegisterWindow bar(int index) {
        for (PciBar bar : bars) {
            if (bar.index() == index) {
                if (bar.kind() == PciBar.Kind.IO) {
                    return new PortWindow(
                            machine.qtest().ports(), (int) bar.address(), (int) bar.size());
                }
                return new QtestWindow(machine.qtest(), bar.address(), bar.size());
            }
        }
        throw new IllegalArgumentException("%s has no BAR %d".formatted(this, index));
    }

    @Override
    public boolean reaches(PciBar bar) {
        return true;
    }

    @Override
    public Optional<MessageInterrupt> allocateMessage(int vector) {
        if (machine.interrupts() != InterruptMode.MSIX) {
            return Optional.empty();
        }
        if (vector == 0) {
            configuration = null; // of a transport that was closed
        }
        Optional<RamMessage> message = machine.messageWords().allocate(configuration);
        if (vector == 0) {
            configuration = message.orElse(null);
        }
        return message.map(MessageInterrupt.class::cast);
    }

    @Override
    public Optional<InterruptLine> line() {
        int pin = (config.readByte(INTERRUPT_PIN) & 0xff) - 1; // 1 is the first, 0 is none
        return machine.interrupts() == InterruptMode.INTX && pin >= 0 && pin < 4
                ? Optional.of(machine.interruptController().pciLine(address.device(), pin))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "%s (%04x:%04x)"
                .formatted(
                        address,
                        config.readShort(VENDOR) & 0xffff,
                        config.readShort(DEVICE) & 0xffff);
    }

    private static boolean isOrdinary(RegisterWindow config) {
        return (config.readByte(HEADER_TYPE) & 0x7f) == 0;
    }

    private static List<PciBar> assign(RegisterWindow config, BarWindows windows) {
        BarProbe probe = new BarProbe(config);
        List<PciBar> placed = new ArrayList<>();
        for (PciBar bar : probe.probe()) {
            PciBar here = windows.place(bar);
            probe.assign(here);
            placed.add(here);
        }
        int command = config.readShort(COMMAND) & 0xffff;
        config.writeShort(COMMAND, (short) (command | PORTS_MEMORY_AND_BUS_MASTER));
        return List.copyOf(placed);
    }
}
