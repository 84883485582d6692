package dev.virtq.transport.pci;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceStatus;
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
import dev.virtq.transport.pci.layout.CapabilityList;
import dev.virtq.transport.pci.layout.CommonConfig;
import dev.virtq.transport.pci.layout.CommonRegisters;
import dev.virtq.transport.pci.layout.ConfigHeader;
import dev.virtq.transport.pci.layout.Identity;
import dev.virtq.transport.pci.layout.Presence;
import dev.virtq.transport.pci.layout.VirtioLayout;
import dev.virtq.transport.pci.signal.Notifications;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A virtio device on a PCI bus (virtio 1.4, section 4.1): the modern interface, over any {@link
 * PciFunction}.
 *
 * <pre>{@code
 * try (Transport transport = VirtioPciTransport.open(function)) {
 *     System.out.println(transport.name() + " is a " + transport.deviceType());
 * }
 * }</pre>
 *
 * <p>Opening looks and does not touch the device's state: it walks the capabilities, lets the
 * function decode its BARs and reach memory, and turns MSI-X on, with all vectors held back until
 * the first queue is enabled. There is one vector for each queue and one for configuration changes,
 * and fewer that are shared where the function, the machine or the device has fewer. Without MSI-X
 * the ISR status is read when the function's interrupt line is up, or now and then where nobody
 * listens to that.
 *
 * <p>The function stays with its machine. Closing gives its messages back, but only when the device
 * has been reset, or is proven dead; a device that may still send keeps their memory.
 */
public final class VirtioPciTransport implements Transport {
    private static final Duration QUEUE_RESET_TIMEOUT = Duration.ofSeconds(2);

    /** A device has up to 65535 queues, and nobody reads so many. */
    private static final int SHOWN_QUEUES = 64;

    /** What 16 bits read as when the function is gone. */
    private static final int NOBODY_ANSWERS = 0xffff;

    /** Features that this transport acts on, and so cannot let pass when it is not able to. */
    private static final FeatureSet OWN_FEATURES =
            FeatureSet.of(
                    CommonFeature.NOTIFICATION_DATA,
                    CommonFeature.NOTIF_CONFIG_DATA,
                    CommonFeature.RING_RESET);

    private final PciFunction function;
    private final DeviceType deviceType;
    private final ConfigHeader header;
    private final Presence presence;
    private final VirtioLayout layout;
    private final CommonConfig common;
    private final Notifications notifications;
    private final QueueControl queues;
    private final ConfigSpace configSpace;
    private final FeatureSet served;

    private boolean resetAsked; // a reset was asked for, and nothing written since
    private boolean silent = true; // the device cannot send messages of ours
    private volatile boolean closed;

    private VirtioPciTransport(
            PciFunction function,
            DeviceType deviceType,
            List<PciCapability> capabilities,
            Duration queueResetTimeout) {
        this.function = function;
        this.deviceType = deviceType;
        presence = new Presence(function);
        layout = new VirtioLayout(function, capabilities);
        common = layout.common();
        header = new ConfigHeader(function.configSpace());
        header.enable(layout.usesPorts());
        notifications = Notifications.of(function, capabilities, layout, presence);
        queues = new QueueControl(common, layout.notifications(), notifications, queueResetTimeout);
        configSpace =
                new PciDeviceConfig(
                        common, layout.device().orElse(null), presence, this::checkOpen);
        served = served();
    }

    /**
     * Opens a device.
     *
     * @param function where it is; nobody else drives it meanwhile
     * @return the way to it
     * @throws IllegalArgumentException when the function is not a virtio device, or one with the
     *     legacy interface
     * @throws DeviceFaultException when its capabilities break the rules
     * @throws DeviceLostException when it is gone
     */
    public static VirtioPciTransport open(PciFunction function) {
        return open(function, QUEUE_RESET_TIMEOUT);
    }

    static VirtioPciTransport open(PciFunction function, Duration queueResetTimeout) {
        ConfigHeader header = new ConfigHeader(function.configSpace());
        if (!header.isPresent()) {
            throw new IllegalArgumentException("there is no function at pci " + function.address());
        }
        Identity identity = new Identity(function.address(), header.ids());
        CapabilityList list = CapabilityList.read(function.configSpace(), identity.isVirtio());
        identity.requireModern(VirtioLayout.isIn(list.found()));
        return new VirtioPciTransport(
                function, identity.deviceType(), list.complete(), queueResetTimeout);
    }

    @Override
    public DeviceType deviceType() {
        return deviceType;
    }

    @Override
    public String name() {
        return "pci " + function.address();
    }

    @Override
    public DmaMemory memory() {
        return function.memory();
    }

    @Override
    public synchronized int readStatus() {
        checkOpen();
        int status = presence.checked(common.readStatus());
        if (status == 0 && resetAsked) {
            silent = true;
        }
        return status;
    }

    @Override
    public synchronized void writeStatus(int status) {
        checkOpen();
        if (status < 0 || status > 0xff) {
            throw new IllegalArgumentException(
                    "device status 0x%x (expected: 0x00..0xff)".formatted(status));
        }
        resetAsked = status == 0;
        if (DeviceStatus.DRIVER_OK.in(status)) {
            silent = false;
            notifications.connectConfig();
        }
        common.writeStatus(status);
        if (status == 0) {
            queues.deviceReset();
            notifications.afterReset();
        }
    }

    @Override
    public synchronized FeatureSet readOfferedFeatures() {
        checkOpen();
        return common.readDeviceFeatures();
    }

    @Override
    public synchronized void writeAcceptedFeatures(FeatureSet features) {
        checkOpen();
        FeatureSet unserved = features.intersection(OWN_FEATURES).minus(served);
        if (!unserved.isEmpty()) {
            throw new IllegalArgumentException(
                    "feature bits %s cannot be served: the structures of %s are too short for them"
                            .formatted(unserved, name()));
        }
        common.writeDriverFeatures(features);
        queues.featuresAccepted(features);
    }

    @Override
    public FeatureSet servedFeatures() {
        return served;
    }

    @Override
    public synchronized int queueCount() {
        checkOpen();
        int count = common.readQueueCount();
        if (count == NOBODY_ANSWERS) {
            presence.examine();
        }
        return count;
    }

    @Override
    public synchronized int maxQueueSize(int queue) {
        checkOpen();
        return queues.maxSize(queue);
    }

    @Override
    public synchronized QueueConnection enableQueue(int queue, QueueSetup setup) {
        checkOpen();
        silent = false;
        return queues.enable(queue, setup, this::checkOpen);
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
        return notifications.config();
    }

    @Override
    public synchronized List<RegisterGroup> readRegisters() {
        checkOpen();
        List<RegisterGroup> groups = new ArrayList<>();
        groups.add(header.registers());
        CommonRegisters registers = new CommonRegisters(common, queues.accepted());
        groups.add(registers.device());
        int count = Math.min(common.readQueueCount(), SHOWN_QUEUES);
        for (int queue = 0; queue < count; queue++) {
            groups.add(registers.queue(queue));
        }
        groups.add(CommonRegisters.isr());
        return List.copyOf(groups);
    }

    @Override
    public synchronized List<InterruptRoute> interruptRoutes() {
        checkOpen();
        return notifications.routes();
    }

    @Override
    public List<SharedMemoryRegion> sharedMemoryRegions() {
        return layout.sharedMemory();
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return presence.lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return function.deviceProvenDead();
    }

    /** {@return whether it was closed} */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (silent || function.deviceProvenDead()) {
            notifications.release();
        }
    }

    /** {@return where the device is, and what it is} */
    @Override
    public String toString() {
        return name() + " (" + deviceType + ")";
    }

    private FeatureSet served() {
        FeatureSet features =
                function.platformFeatures()
                        .intersection(
                                FeatureSet.of(
                                        CommonFeature.ACCESS_PLATFORM,
                                        CommonFeature.ORDER_PLATFORM));
        if (layout.notifications().takesWideNotifications()) {
            features = features.with(CommonFeature.NOTIFICATION_DATA);
        }
        if (common.hasNotifConfigData()) {
            features = features.with(CommonFeature.NOTIF_CONFIG_DATA);
        }
        if (common.hasQueueReset()) {
            features = features.with(CommonFeature.RING_RESET);
        }
        return features;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the transport of " + name() + " was closed");
        }
    }
}
