package dev.virtq.machine.qemu;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.mmio.MmioSlot;
import java.util.Optional;

/** A slot of a QEMU machine: its registers over qtest. */
final class QemuMmioSlot implements MmioSlot {
    private final QemuMachine machine;
    private final long address;
    private final RegisterWindow registers;

    QemuMmioSlot(QemuMachine machine, long address, long size) {
        this.machine = machine;
        this.address = address;
        registers = new QtestWindow(machine.qtest(), address, size);
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public RegisterWindow registers() {
        return registers;
    }

    /** None yet: the interrupt status is looked at. */
    @Override
    public Optional<InterruptLine> line() {
        return Optional.empty();
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
        return "mmio 0x%x".formatted(address);
    }
}
