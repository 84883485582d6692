package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.VirtioPciTransport;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A function of the bus as a device of its machine, which one transport at a time has. */
final class PciAttachment implements AttachedDevice {
    private final PciFunction function;
    private final String name;
    private final Optional<DeviceType> type;
    private final AtomicBoolean taken = new AtomicBoolean();

    PciAttachment(PciFunction function, String name, Optional<DeviceType> type) {
        this.function = function;
        this.name = name;
        this.type = type;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<DeviceType> type() {
        return type;
    }

    @Override
    public String location() {
        return "pci " + function.address();
    }

    @Override
    public Transport open() {
        if (!taken.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "%s is open already: close its transport first".formatted(this));
        }
        try {
            return new LeasedTransport(VirtioPciTransport.open(function), () -> taken.set(false));
        } catch (RuntimeException failure) {
            taken.set(false);
            throw failure;
        }
    }

    @Override
    public String toString() {
        return "%s (%s)".formatted(name, location());
    }
}
