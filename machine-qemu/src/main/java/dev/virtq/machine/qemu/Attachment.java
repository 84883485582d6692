package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** What is at a place of the machine as one of its devices, which one transport at a time has. */
final class Attachment implements AttachedDevice {
    private final String name;
    private final Optional<DeviceType> type;
    private final String location;
    private final Supplier<Transport> way;
    private final AtomicBoolean taken = new AtomicBoolean();

    Attachment(String name, Optional<DeviceType> type, String location, Supplier<Transport> way) {
        this.name = name;
        this.type = type;
        this.location = location;
        this.way = way;
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
        return location;
    }

    @Override
    public Transport open() {
        if (!taken.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "%s is open already: close its transport first".formatted(this));
        }
        try {
            return new LeasedTransport(way.get(), () -> taken.set(false));
        } catch (RuntimeException failure) {
            taken.set(false);
            throw failure;
        }
    }

    @Override
    public String toString() {
        return "%s (%s)".formatted(name, location);
    }
}
