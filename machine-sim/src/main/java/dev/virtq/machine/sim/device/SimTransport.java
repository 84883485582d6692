package dev.virtq.machine.sim.device;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.device.Transport;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.RegionMemory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The way to a device in this process: registers are method calls, doorbells wake a thread. */
final class SimTransport implements Transport {
    /** An honest device in this process confirms at once. */
    private static final Duration QUEUE_RESET_TIMEOUT = Duration.ofMillis(200);

    /** Behind all memory: a device that was given such an address would reach none. */
    private static final long REGION_ADDRESS = 0x100_0000_0000L;

    private final SimulatedDevice attached;
    private final DeviceEnd device;
    private final DmaMemory memory;

    SimTransport(SimulatedDevice attached, DeviceEnd device, DmaMemory memory) {
        this.attached = attached;
        this.device = device;
        this.memory = memory;
    }

    @Override
    public DeviceType deviceType() {
        return device.behaviour().type();
    }

    @Override
    public String name() {
        return "sim " + attached.name();
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public int readStatus() {
        return mischief().status(reach().readStatus());
    }

    @Override
    public void writeStatus(int status) {
        DeviceEnd reached = reach();
        if (status != 0 || mischief().takesReset()) {
            reached.writeStatus(status);
        }
    }

    @Override
    public FeatureSet readOfferedFeatures() {
        return device.conduct().offered(reach().offered());
    }

    @Override
    public void writeAcceptedFeatures(FeatureSet features) {
        reach().accept(features);
    }

    @Override
    public FeatureSet servedFeatures() {
        return FeatureChoice.SERVED;
    }

    @Override
    public int queueCount() {
        return reach().behaviour().queueCount();
    }

    @Override
    public int maxQueueSize(int queue) {
        return mischief().maxQueueSize(reach().maxQueueSize(queue));
    }

    @Override
    public QueueConnection enableQueue(int queue, QueueSetup setup) {
        reach();
        return attached.enable(queue, setup);
    }

    @Override
    public void resetQueue(int queue) {
        reach().resetQueue(queue);
        long start = System.nanoTime();
        while (!reach().isQueueReset(queue)) {
            if (System.nanoTime() - start > QUEUE_RESET_TIMEOUT.toNanos()) {
                throw new TransferTimeoutException(
                        "the device has not confirmed the reset of queue %d within %d ms"
                                .formatted(queue, QUEUE_RESET_TIMEOUT.toMillis()));
            }
            LockSupport.parkNanos(100_000);
        }
    }

    @Override
    public ConfigSpace configSpace() {
        return device.conduct().seen(reach().behaviour().config());
    }

    @Override
    public Interrupt configInterrupt() {
        return device.conduct().configHeard(device.configSignal());
    }

    @Override
    public List<SharedMemoryRegion> sharedMemoryRegions() {
        RegionMemory memory = reach().behaviour().sharedMemory();
        return mischief()
                .sharedMemoryRegions(
                        memory == null
                                ? List.of()
                                : List.of(
                                        new SharedMemoryRegion(0, REGION_ADDRESS, memory.size())));
    }

    @Override
    public Optional<RegionMemory> sharedMemory(SharedMemoryRegion region) {
        return region.id() == 0
                ? Optional.ofNullable(reach().behaviour().sharedMemory())
                : Optional.empty();
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return Optional.ofNullable(device.lost());
    }

    @Override
    public boolean deviceProvenDead() {
        return attached.provenDead();
    }

    @Override
    public void close() {
        attached.detach(this);
    }

    private Mischief mischief() {
        return device.conduct().mischief();
    }

    private DeviceEnd reach() {
        DeviceLostException gone = device.lost();
        if (gone != null) {
            throw gone.again();
        }
        attached.checkAttached(this);
        return device;
    }
}
