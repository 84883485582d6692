package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import dev.virtq.machine.InterruptMode;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A function of a QEMU machine: its registers over qtest, its messages as words of the RAM. */
final class QemuPciFunction extends QemuPlace implements PciFunction {
    private static final int VENDOR = 0x00;
    private static final int DEVICE = 0x02;
    private static final int INTERRUPT_PIN = 0x3d;

    private final FoundFunction found;
    private final RegisterWindow config;
    private final List<PciBar> bars;
    private final @Nullable Removal removal;
    private @Nullable RamMessage configuration; // of vector 0, which a transport allocates first

    /**
     * Reaches a function.
     *
     * @param machine which has it
     * @param found where it is, with its BARs in their places
     * @param removal tells when it is unplugged; null when it cannot be
     */
    QemuPciFunction(QemuMachine machine, FoundFunction found, @Nullable Removal removal) {
        super(machine);
        this.found = found;
        this.removal = removal;
        this.config = revocable(found.config());
        this.bars = found.bars();
    }

    @Override
    public PciAddress address() {
        return found.address();
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
                    return revocable(
                            new PortWindow(
                                    machine.qtest().ports(),
                                    (int) bar.address(),
                                    (int) bar.size()));
                }
                return revocable(new QtestWindow(machine.qtest(), bar.address(), bar.size()));
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
                ? Optional.of(
                        machine.interruptController()
                                .pciLine(found.slotOnRootBus(), found.pinOnRootBus(pin)))
                : Optional.empty();
    }

    @Override
    public Optional<DeviceLostException> lost() {
        Optional<DeviceLostException> unplugged =
                removal == null ? Optional.empty() : removal.lost();
        return unplugged.isPresent() ? unplugged : super.lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return (removal != null && removal.provenDead()) || super.deviceProvenDead();
    }

    /** {@return what tells that it is unplugged; empty when it cannot be} */
    Optional<Removal> removal() {
        return Optional.ofNullable(removal);
    }

    @Override
    public String toString() {
        return "%s (%04x:%04x)"
                .formatted(
                        found.address(),
                        config.readShort(VENDOR) & 0xffff,
                        config.readShort(DEVICE) & 0xffff);
    }

    private RegisterWindow revocable(RegisterWindow registers) {
        return removal == null ? registers : new RevocableWindow(registers, removal);
    }
}
