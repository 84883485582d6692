package dev.virtq.machine.qemu;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.DevicePlace;
import java.util.Optional;

/** What is the same wherever a device is in a QEMU machine. */
abstract class QemuPlace implements DevicePlace {
    final QemuMachine machine;

    QemuPlace(QemuMachine machine) {
        this.machine = machine;
    }

    @Override
    public final DmaMemory memory() {
        return machine.memory();
    }

    /**
     * No IOMMU stands between a device and the RAM, and the device is a thread on this computer:
     * its addresses are those of {@link #memory}, and fences of the CPU order its accesses.
     */
    @Override
    public final FeatureSet platformFeatures() {
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
}
