package dev.virtq.machine.qemu;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.BarProbe;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A function of a QEMU machine: its registers over qtest, its messages as words of the RAM. */
final class QemuPciFunction implements PciFunction {
    private static final int VENDOR = 0x00;
    private static final int DEVICE = 0x02;
    private static final int HEADER_TYPE = 0x0e;
    private static final int COMMAND = 0x04;
    private static final int PORTS_MEMORY_AND_BUS_MASTER = 0x7;

    private final QemuMachine machine;
    private final PciAddress address;
    private final RegisterWindow config;
    private final List<PciBar> bars;

    QemuPciFunction(
            QemuMachine machine, PciAddress address, RegisterWindow config, BarWindows windows) {
        this.machine = machine;
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
        return machine.messageWords().allocate();
    }

    @Override
    public DmaMemory memory() {
        return machine.memory();
    }

    /**
     * No IOMMU stands between a device and the RAM, and the device is a thread on this computer:
     * its addresses are those of {@link #memory}, and fences of the CPU order its accesses.
     */
    @Override
    public FeatureSet platformFeatures() {
        return FeatureSet.of(CommonFeature.ACCESS_PLATFORM, CommonFeature.ORDER_PLATFORM);
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return machine.lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return machine.provenDead();
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
