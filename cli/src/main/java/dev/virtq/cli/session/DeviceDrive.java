package dev.virtq.cli.session;

import dev.virtq.cli.value.CommandException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Recovery;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A device, and who drives it: nobody, the user's bare hands, or the network driver. Changing hands
 * resets it.
 */
public final class DeviceDrive implements AutoCloseable {
    private final AttachedDevice attached;
    private final DriveOptions options;
    private final Consumer<String> remarks;
    private @Nullable Transport transport;
    private @Nullable VirtioDevice raw;
    private @Nullable NetDrive net;
    private @Nullable ShareDrive share;

    /**
     * Starts with nobody who drives it.
     *
     * @param attached the device
     * @param options how it is brought up
     * @param remarks is told what is done to it
     */
    DeviceDrive(AttachedDevice attached, DriveOptions options, Consumer<String> remarks) {
        this.attached = attached;
        this.options = options;
        this.remarks = remarks;
    }

    /** {@return the device in its machine} */
    public AttachedDevice attached() {
        return attached;
    }

    /** {@return who drives it} */
    public Driver driver() {
        if (share != null) {
            return Driver.SHARE;
        }
        return net != null ? Driver.NETWORK : raw != null ? Driver.HANDS : Driver.NOBODY;
    }

    /** {@return the way to the device, with nothing done to it} */
    public Transport transport() {
        NetDrive network = net;
        if (network != null) {
            return network.device().transport();
        }
        ShareDrive mounted = share;
        if (mounted != null) {
            return mounted.device().transport();
        }
        VirtioDevice device = raw;
        if (device != null) {
            return device.transport();
        }
        Transport bare = transport;
        if (bare == null) {
            bare = attached.open();
            transport = bare;
        }
        return bare;
    }

    /** {@return the features that its driver refuses although offered and served} */
    public FeatureSet refused() {
        return options.refused();
    }

    /** {@return the names of its queues} */
    public QueueNames queueNames() {
        Transport way = transport();
        return new QueueNames(way.deviceType(), way.queueCount());
    }

    /** {@return the device as it is driven; by bare hands when nobody did yet} */
    public VirtioDevice device() {
        NetDrive network = net;
        ShareDrive mounted = share;
        if (mounted != null) {
            return mounted.device();
        }
        return network != null ? network.device() : raw();
    }

    /**
     * {@return a queue of the device as it is driven}
     *
     * @param name its number or name, as typed
     */
    public Virtqueue queue(String name) {
        int index = queueNames().parse(name);
        return queueOf(device(), index);
    }

    /**
     * {@return a queue for bare hands}
     *
     * @param name its number or name, as typed
     */
    public Virtqueue rawQueue(String name) {
        int index = queueNames().parse(name);
        return queueOf(raw(), index);
    }

    /** {@return the device for bare hands: brought up with the features of its rings only} */
    public VirtioDevice raw() {
        leaveNet();
        VirtioDevice device = raw;
        if (device == null) {
            device = bringUp();
            raw = device;
        }
        return device;
    }

    /**
     * {@return the file system driver on the device}
     *
     * @throws IOException when the share cannot be mounted
     */
    public ShareDrive share() throws IOException {
        ShareDrive mounted = share;
        if (mounted == null) {
            if (!attached.type().equals(java.util.Optional.of(DeviceType.FILE_SYSTEM))) {
                throw new CommandException(
                        "%s is a %s device (expected: a file system device; 'devices' lists them, 'use' chooses)"
                                .formatted(
                                        attached.name(),
                                        attached.type().map(DeviceType::name).orElse("foreign")));
            }
            leaveRaw(Driver.SHARE);
            Transport way = transport();
            transport = null; // the file system closes it, even when it is not mounted
            mounted = ShareDrive.mount(way, options);
            share = mounted;
        }
        return mounted;
    }

    /** {@return the network driver on the device} */
    public NetDrive net() {
        NetDrive network = net;
        if (network == null) {
            if (!attached.type().equals(java.util.Optional.of(DeviceType.NETWORK))) {
                throw new CommandException(
                        "%s is a %s device (expected: a net device; 'devices' lists them, 'use' chooses)"
                                .formatted(
                                        attached.name(),
                                        attached.type().map(DeviceType::name).orElse("foreign")));
            }
            leaveRaw(Driver.NETWORK);
            Transport way = transport();
            transport = null; // the driver closes it, even when it does not come up
            network = NetDrive.open(attached.name(), way, options);
            net = network;
        }
        return network;
    }

    /**
     * Resets one queue and enables it again, for whoever drives the device; bare hands, when nobody
     * did yet. The network driver goes on with its buffers; those of bare hands are freed.
     *
     * @param index its number
     * @return how many of its transfers the device had
     */
    public int resetQueue(int index) {
        NetDrive network = net;
        VirtioDevice device = device();
        Virtqueue queue = queueOf(device, index);
        int inFlight = queue.inFlight();
        try {
            if (network != null) {
                network.driver().resetQueue(queue);
            } else {
                device.resetQueue(index);
                queue.takeReturned().forEach(TransferToken::close);
                device.queue(index);
            }
            return inFlight;
        } catch (IllegalStateException refused) {
            throw new CommandException(String.valueOf(refused.getMessage()));
        }
    }

    /**
     * {@return for each queue that somebody drives, how often something was used and no interrupt
     * came}
     */
    public List<Missed> missedInterrupts() {
        NetDrive network = net;
        VirtioDevice device = network != null ? network.device() : raw;
        return device == null
                ? List.of()
                : device.queues().stream()
                        .map(queue -> new Missed(queue.index(), queue.missedInterrupts()))
                        .toList();
    }

    /**
     * Interrupts that did not come.
     *
     * @param queue the index of the queue
     * @param times how often
     */
    public record Missed(int queue, long times) {}

    /** Resets the device and lets go of it; whoever drives it next brings it up anew. */
    public void reset() {
        close();
    }

    /**
     * Goes on with the device after it was lost, for whoever drives it. Of bare hands, what is
     * returned is freed: nothing of it can be polled any more.
     *
     * @param patience how long to wait until it is there again
     * @return what became of the transfers, and how many are given up
     * @throws InterruptedException when the thread is interrupted; another call tries again
     */
    public GoneOn reconnect(Duration patience) throws InterruptedException {
        VirtioDevice device = raw;
        NetDrive network = net;
        if (device == null && network == null) {
            throw new CommandException(
                    "nobody drives %s, so there is nothing to go on with (expected: a driver that has lost it; 'reset' begins anew)"
                            .formatted(attached.name()));
        }
        try {
            int givenUp = 0;
            if (network != null) {
                givenUp = network.driver().reconnect(patience);
            } else if (device != null) {
                givenUp = goOn(device, patience);
            }
            return new GoneOn(device().recovery().orElseThrow(), givenUp);
        } catch (UnsupportedOperationException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    /**
     * How it went on after a device was lost.
     *
     * @param recovery what became of the transfers that were with it
     * @param givenUp how many of them nobody sends again, neither the device nor its driver
     */
    public record GoneOn(Recovery recovery, int givenUp) {}

    private int goOn(VirtioDevice device, Duration patience) throws InterruptedException {
        device.reconnect(patience);
        device.negotiate(List.of(), options.refused());
        int givenUp = 0;
        for (Virtqueue queue : device.queues()) {
            List<TransferToken> returned = device.queue(queue.index()).takeReturned();
            givenUp += returned.size();
            returned.forEach(TransferToken::close);
        }
        device.start();
        return givenUp;
    }

    /** Resets the device, when somebody drove it, and lets go of it. */
    @Override
    public void close() {
        NetDrive network = net;
        ShareDrive mounted = share;
        VirtioDevice device = raw;
        Transport bare = transport;
        net = null;
        share = null;
        raw = null;
        transport = null;
        if (network != null) {
            network.close();
        }
        if (mounted != null) {
            mounted.close();
        }
        if (device != null) {
            device.close();
        }
        if (bare != null) {
            bare.close();
        }
    }

    private void leaveNet() {
        if (net != null || share != null) {
            remarks.accept(
                    "%s is reset: bare hands take it over from %s"
                            .formatted(attached.name(), driver()));
            close();
        }
    }

    private void leaveRaw(Driver next) {
        if (raw != null) {
            remarks.accept(
                    "%s is reset: %s takes it over from bare hands"
                            .formatted(attached.name(), next));
            close();
        }
    }

    private VirtioDevice bringUp() {
        Transport way = transport();
        VirtioDevice device = VirtioDevice.open(way);
        transport = null; // the device closes it from now on
        try {
            FeatureSet accepted = device.negotiate(List.of(), options.refused());
            options.check(attached.name(), device);
            int queues = 0;
            for (int queue = 0; queue < device.queueCount(); queue++) {
                if (way.maxQueueSize(queue) > 0) {
                    device.queue(queue, options.queues());
                    queues++;
                }
            }
            device.start();
            remarks.accept(
                    "%s is brought up for bare hands: %d queues, accepted %s"
                            .formatted(attached.name(), queues, describe(device.type(), accepted)));
            return device;
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private static String describe(DeviceType type, FeatureSet features) {
        FeatureNames names = new FeatureNames(type);
        return features.bits().mapToObj(names::name).collect(Collectors.joining(" "));
    }

    private static Virtqueue queueOf(VirtioDevice device, int index) {
        List<Virtqueue> queues = device.queues();
        return queues.stream()
                .filter(queue -> queue.index() == index)
                .findFirst()
                .orElseThrow(() -> notSetUp(index, queues));
    }

    private static CommandException notSetUp(int index, List<Virtqueue> queues) {
        String there =
                queues.stream()
                        .map(queue -> String.valueOf(queue.index()))
                        .collect(Collectors.joining(", "));
        return new CommandException(
                "queue %d is not set up by the driver (set up: %s)".formatted(index, there));
    }
}
