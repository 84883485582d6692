package dev.virtq.machine.qemu;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.InterruptRoute;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.RegisterGroup;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.Transport;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.RegionMemory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A transport that says when it is closed. Doorbells, interrupts and configuration space are the
 * transport's own: nothing is in the way of what happens often.
 */
final class LeasedTransport implements Transport {
    private final Transport transport;
    private final Runnable whenClosed;
    private final AtomicBoolean closed = new AtomicBoolean();

    LeasedTransport(Transport transport, Runnable whenClosed) {
        this.transport = transport;
        this.whenClosed = whenClosed;
    }

    @Override
    public DeviceType deviceType() {
        return transport.deviceType();
    }

    @Override
    public String name() {
        return transport.name();
    }

    @Override
    public DmaMemory memory() {
        return transport.memory();
    }

    @Override
    public int readStatus() {
        return transport.readStatus();
    }

    @Override
    public void writeStatus(int status) {
        transport.writeStatus(status);
    }

    @Override
    public FeatureSet readOfferedFeatures() {
        return transport.readOfferedFeatures();
    }

    @Override
    public void writeAcceptedFeatures(FeatureSet features) {
        transport.writeAcceptedFeatures(features);
    }

    @Override
    public FeatureSet servedFeatures() {
        return transport.servedFeatures();
    }

    @Override
    public int queueCount() {
        return transport.queueCount();
    }

    @Override
    public int maxQueueSize(int queue) {
        return transport.maxQueueSize(queue);
    }

    @Override
    public QueueConnection enableQueue(int queue, QueueSetup setup) {
        return transport.enableQueue(queue, setup);
    }

    @Override
    public void resetQueue(int queue) {
        transport.resetQueue(queue);
    }

    @Override
    public ConfigSpace configSpace() {
        return transport.configSpace();
    }

    @Override
    public Interrupt configInterrupt() {
        return transport.configInterrupt();
    }

    @Override
    public List<RegisterGroup> readRegisters() {
        return transport.readRegisters();
    }

    @Override
    public List<InterruptRoute> interruptRoutes() {
        return transport.interruptRoutes();
    }

    @Override
    public List<SharedMemoryRegion> sharedMemoryRegions() {
        return transport.sharedMemoryRegions();
    }

    @Override
    public Optional<RegionMemory> sharedMemory(SharedMemoryRegion region) {
        return transport.sharedMemory(region);
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return transport.lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return transport.deviceProvenDead();
    }

    @Override
    public void close() {
        try {
            transport.close();
        } finally {
            if (closed.compareAndSet(false, true)) {
                whenClosed.run();
            }
        }
    }

    @Override
    public String toString() {
        return transport.toString();
    }
}
