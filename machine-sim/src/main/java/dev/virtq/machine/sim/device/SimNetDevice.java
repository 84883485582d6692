package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A network device of a simulated machine, with everything that belongs to it. Threads: any. */
public final class SimNetDevice implements AttachedDevice {
    private final String name;
    private final DmaMemory memory;
    private final FrameBacklog backlog = new FrameBacklog();
    private final NetBehaviour net;
    private final DeviceEnd device;
    private final @Nullable DeviceLoop loop;
    private final AtomicReference<@Nullable SimTransport> attached = new AtomicReference<>();
    private volatile boolean quiet;

    /**
     * Makes a device, and starts it.
     *
     * @param name its name in the machine
     * @param settings what it is like
     * @param features which features it offers
     * @param maxQueueSize the largest queue that it takes
     * @param memory the memory that it reaches
     * @param stepped whether it works only when it is told to, and has no thread
     */
    public SimNetDevice(
            String name,
            NetSettings settings,
            FeatureChoice features,
            int maxQueueSize,
            DmaMemory memory,
            boolean stepped) {
        this.name = name;
        this.memory = memory;
        RingFormats formats = RingFormats.installed();
        if (!formats.allow(maxQueueSize)) {
            throw new IllegalArgumentException(
                    "queue size %d (expected: a power of two, at most 32768)"
                            .formatted(maxQueueSize));
        }
        net = new NetBehaviour(settings, backlog, this::refuseConfigWrite);
        device = new DeviceEnd(net, formats, memory, features, maxQueueSize);
        loop = stepped ? null : new DeviceLoop(device, "virtq-sim-" + name);
        if (loop != null) {
            loop.start();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<DeviceType> type() {
        return Optional.of(DeviceType.NETWORK);
    }

    @Override
    public String location() {
        return "in this process";
    }

    @Override
    public Transport open() {
        DeviceLostException gone = device.lost();
        if (gone != null) {
            throw gone.again();
        }
        SimTransport transport = new SimTransport(this, device, memory);
        if (!attached.compareAndSet(null, transport)) {
            throw new IllegalStateException(
                    name + " is open already; close the transport that was opened first");
        }
        return transport;
    }

    /**
     * A frame comes from the network. It waits for a receive buffer; when too many wait, it is
     * dropped.
     *
     * @param frame from the destination address on; it is copied
     */
    public void deliver(MemorySegment frame) {
        backlog.add(frame);
        device.attention();
    }

    /**
     * Plugs the network in, or pulls it out; the driver is told.
     *
     * @param up whether the link is up
     */
    public void setLinkUp(boolean up) {
        device.changeConfig(() -> net.setLinkUp(up));
    }

    /** {@return how many frames were dropped: no buffer, or none that was large enough} */
    public long droppedFrames() {
        return backlog.dropped();
    }

    /** {@return what the driver did wrong last; empty when it never did} */
    public Optional<DriverFaultException> lastFault() {
        return Optional.ofNullable(device.lastFault());
    }

    /** {@return whether there was something to do, which is done} */
    public boolean step() {
        return device.step();
    }

    /**
     * Ends the device: whoever waits for it is told why, and its thread ends.
     *
     * @param why what to tell
     * @param timeout how long the device may take to finish what it does
     * @return whether it certainly touches memory no more
     */
    public boolean end(DeviceLostException why, Duration timeout) {
        device.lose(why);
        if (loop == null) {
            device.awaitQuiet();
            quiet = true;
        } else {
            quiet = loop.end(timeout);
        }
        return quiet;
    }

    boolean provenDead() {
        return device.lost() != null && (quiet || (loop != null && loop.hasEnded()));
    }

    void checkAttached(SimTransport transport) {
        if (attached.get() != transport) {
            throw new IllegalStateException("the transport to " + name + " was closed");
        }
    }

    void detach(SimTransport transport) {
        attached.compareAndSet(transport, null);
    }

    /** {@return name and kind, as in {@code net0 (net)}} */
    @Override
    public String toString() {
        return name + " (" + DeviceType.NETWORK + ")";
    }

    private void refuseConfigWrite() {
        device.fault(
                new DriverFaultException(
                        "the driver wrote to the configuration space, which is read-only",
                        "5.1.4.2#1"));
    }
}
