package dev.virtq.transport.mmio;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceFaultException;
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
import dev.virtq.transport.EventSource;
import dev.virtq.transport.EventStatus;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.SignalHub;
import dev.virtq.transport.mmio.layout.MmioRegisters;
import dev.virtq.transport.mmio.layout.RegisterPicture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A virtio device over MMIO (virtio 1.4, section 4.2), at any place where its registers can be
 * reached.
 *
 * <pre>{@code
 * try (Transport transport = VirtioMmioTransport.open(slot)) {
 *     System.out.println(transport.name() + " is a " + transport.deviceType());
 * }
 * }</pre>
 *
 * <p>Opening looks and does not touch the device's state. All queues and the configuration share
 * one interrupt; where nobody listens to its line, the interrupt status is looked at now and then.
 *
 * <p>The slot stays with its machine.
 */
public final class VirtioMmioTransport implements Transport {
    private static final Duration QUEUE_RESET_TIMEOUT = Duration.ofSeconds(2);

    /** A device may have very many queues, and nobody reads so many. */
    private static final int SHOWN_QUEUES = 64;

    private static final int NOBODY_ANSWERS = -1;

    /** What the standard gives one byte to, in a register of four. */
    private static final int STATUS_BITS = 0xff;

    /** An id has one byte in the other transport that has regions. */
    private static final int SHARED_MEMORY_IDS = 256;

    private final MmioSlot slot;
    private final DeviceType deviceType;
    private final MmioRegisters registers;
    private final MmioQueues queues;
    private final ConfigSpace configSpace;
    private final Optional<InterruptLine> line;
    private final EventStatus events;
    private final SignalHub signals;
    private final Interrupt configInterrupt;

    private @Nullable List<SharedMemoryRegion> sharedMemory;
    private volatile @Nullable DeviceLostException removed;
    private volatile boolean closed;

    private VirtioMmioTransport(MmioSlot slot, DeviceType type, Duration queueResetTimeout) {
        this.slot = slot;
        deviceType = type;
        RegisterWindow window = slot.registers();
        registers = new MmioRegisters(window);
        queues = new MmioQueues(registers, this::checked, queueResetTimeout);
        configSpace =
                new MmioDeviceConfig(
                        registers,
                        window.slice(MmioRegisters.SIZE, window.size() - MmioRegisters.SIZE),
                        this::checked,
                        this::checkOpen);
        line = slot.line();
        events = new EventStatus(this::takeEvents, line.orElse(null), this::lost);
        signals = new SignalHub(events);
        configInterrupt = signals.subscribe(EventSource.CONFIG);
    }

    /**
     * Opens a device.
     *
     * @param slot where it is; nobody else drives it meanwhile
     * @return the way to it
     * @throws IllegalArgumentException when no virtio device is there, or one with the legacy
     *     registers
     * @throws DeviceLostException when the machine is gone
     */
    public static VirtioMmioTransport open(MmioSlot slot) {
        return open(slot, QUEUE_RESET_TIMEOUT);
    }

    static VirtioMmioTransport open(MmioSlot slot, Duration queueResetTimeout) {
        if (slot.registers().size() < MmioRegisters.SIZE) {
            throw new IllegalArgumentException(
                    "%s has 0x%x bytes of registers (expected: 0x%x or more)"
                            .formatted(name(slot), slot.registers().size(), MmioRegisters.SIZE));
        }
        MmioOccupant occupant = MmioOccupant.of(slot.registers());
        if (occupant instanceof MmioOccupant.Present present) {
            return new VirtioMmioTransport(slot, present.type(), queueResetTimeout);
        }
        throw new IllegalArgumentException(
                "at %s is %s".formatted(name(slot), occupant.description()));
    }

    private static String name(MmioSlot slot) {
        return "mmio 0x%x".formatted(slot.address());
    }

    @Override
    public DeviceType deviceType() {
        return deviceType;
    }

    @Override
    public String name() {
        return name(slot);
    }

    @Override
    public DmaMemory memory() {
        return slot.memory();
    }

    @Override
    public synchronized int readStatus() {
        checkOpen();
        return checked(registers.readStatus()) & STATUS_BITS;
    }

    @Override
    public synchronized void writeStatus(int status) {
        checkOpen();
        if (status < 0 || status > STATUS_BITS) {
            throw new IllegalArgumentException(
                    "device status 0x%x (expected: 0x00..0xff)".formatted(status));
        }
        registers.writeStatus(status);
        if (status == 0) {
            queues.deviceReset();
        }
    }

    @Override
    public synchronized FeatureSet readOfferedFeatures() {
        checkOpen();
        return withoutEcho(registers.readDeviceFeatures());
    }

    /**
     * A device from before virtio 1.4 knows two words of features, and QEMU's shows the second one
     * for each selector above: what looks like further words is that word again.
     */
    private static FeatureSet withoutEcho(FeatureSet features) {
        int second = features.word(1);
        return features.word(2) == second && features.word(3) == second
                ? features.withWord(2, 0).withWord(3, 0)
                : features;
    }

    @Override
    public synchronized void writeAcceptedFeatures(FeatureSet features) {
        checkOpen();
        registers.writeDriverFeatures(features);
        queues.featuresAccepted(features);
    }

    /** Not NOTIF_CONFIG_DATA: no register says what a notification shall carry. */
    @Override
    public FeatureSet servedFeatures() {
        return slot.platformFeatures()
                .intersection(
                        FeatureSet.of(CommonFeature.ACCESS_PLATFORM, CommonFeature.ORDER_PLATFORM))
                .with(CommonFeature.NOTIFICATION_DATA)
                .with(CommonFeature.RING_RESET);
    }

    /** {@return how many queues there are in a row from the first on: no register counts them} */
    @Override
    public synchronized int queueCount() {
        checkOpen();
        return queues.count();
    }

    @Override
    public synchronized int maxQueueSize(int queue) {
        checkOpen();
        return queues.maxSize(queue);
    }

    @Override
    public synchronized QueueConnection enableQueue(int queue, QueueSetup setup) {
        checkOpen();
        Interrupt interrupt = signals.subscribe(EventSource.QUEUE); // before the first event
        queues.enable(queue, setup);
        return new QueueConnection(queues.doorbell(queue, this::checkOpen), interrupt);
    }

    @Override
    public synchronized void resetQueue(int queue) {
        checkOpen();
        queues.reset(queue);
    }

    @Override
    public ConfigSpace configSpace() {
        return configSpace;
    }

    @Override
    public Interrupt configInterrupt() {
        return configInterrupt;
    }

    @Override
    public synchronized List<RegisterGroup> readRegisters() {
        checkOpen();
        RegisterPicture picture = new RegisterPicture(registers);
        List<RegisterGroup> groups = new ArrayList<>();
        groups.add(picture.device());
        int count = Math.min(queues.count(), SHOWN_QUEUES);
        for (int queue = 0; queue < count; queue++) {
            groups.add(picture.queue(queue, queues.isResettable()));
        }
        return List.copyOf(groups);
    }

    @Override
    public synchronized List<InterruptRoute> interruptRoutes() {
        checkOpen();
        return List.of(
                new InterruptRoute(
                        line.map(up -> "line " + up.number()).orElse("InterruptStatus"),
                        "all queues, configuration",
                        line.map(InterruptLine::rises).orElse(events.told()),
                        false,
                        registers.readInterruptStatus() != 0,
                        line.isPresent()
                                ? "InterruptStatus is read when the line is up"
                                : "looked at now and then: nobody listens to the line"));
    }

    /**
     * Looked for when somebody asks: who expects none leaves these registers alone (4.2.3.1.1#3).
     */
    @Override
    public synchronized List<SharedMemoryRegion> sharedMemoryRegions() {
        List<SharedMemoryRegion> found = sharedMemory;
        if (found == null) {
            checkOpen();
            found = findSharedMemory();
            sharedMemory = found;
        }
        return found;
    }

    private List<SharedMemoryRegion> findSharedMemory() {
        List<SharedMemoryRegion> found = new ArrayList<>();
        for (int id = 0; id < SHARED_MEMORY_IDS; id++) {
            registers.selectSharedMemory(id);
            long length = registers.readSharedMemoryLength();
            if (length == -1) {
                continue;
            }
            long base = registers.readSharedMemoryBase();
            if (base != -1) {
                checkRegion(id, base, length);
                found.add(new SharedMemoryRegion(id, base, length));
            }
        }
        return List.copyOf(found);
    }

    private static void checkRegion(int id, long base, long length) {
        if (length < 0 || Long.compareUnsigned(base + length, base) < 0) {
            throw new DeviceFaultException(
                    "shared memory region %d is not within the addresses that there are"
                            .formatted(id),
                    "4.2.2",
                    "SHMLen reads 0x%x and SHMBase 0x%x".formatted(length, base));
        }
    }

    @Override
    public Optional<DeviceLostException> lost() {
        DeviceLostException gone = removed;
        return gone != null ? Optional.of(gone) : slot.lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return slot.deviceProvenDead();
    }

    @Override
    public void close() {
        closed = true;
    }

    /** {@return where the device is, and what it is} */
    @Override
    public String toString() {
        return name() + " (" + deviceType + ")";
    }

    /**
     * Acknowledged before the rings are looked at: what the device uses from then on shows again.
     * Undefined bits are nobody's (4.2.2.2#12), and not acknowledged (#13).
     */
    private int takeEvents() {
        int events =
                checked(registers.readInterruptStatus()) & (EventSource.QUEUE | EventSource.CONFIG);
        if (events != 0) {
            registers.acknowledgeInterrupt(events);
        }
        return events;
    }

    /** A place that nobody answers for reads as all ones, and so does its MagicValue. */
    private int checked(int value) {
        if (value == NOBODY_ANSWERS && registers.readMagic() == NOBODY_ANSWERS) {
            DeviceLostException gone =
                    new DeviceLostException(name() + " is gone: it answers with all ones");
            removed = gone;
            throw gone;
        }
        return value;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the transport of " + name() + " was closed");
        }
    }
}
