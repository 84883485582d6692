package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A device of a simulated machine, with everything that belongs to it, whatever its type. Threads:
 * any.
 */
public final class SimulatedDevice implements AttachedDevice {
    private final String name;
    private final DmaMemory memory;
    private final DeviceEnd device;
    private final @Nullable DeviceLoop loop;
    private final AtomicReference<@Nullable SimTransport> attached = new AtomicReference<>();
    private volatile boolean quiet;

    /**
     * Makes a device, and starts it.
     *
     * @param name its name in the machine
     * @param behaviour what makes it one of its type
     * @param hardware what all devices of the machine have in common
     */
    SimulatedDevice(String name, DeviceBehaviour behaviour, Hardware hardware) {
        this.name = name;
        memory = hardware.memory();
        RingFormats formats = RingFormats.installed();
        formats.checkSize(hardware.maxQueueSize());
        device =
                new DeviceEnd(
                        behaviour,
                        formats,
                        memory,
                        hardware.features(),
                        hardware.maxQueueSize(),
                        hardware.conduct());
        behaviour.config().onDriverWrite(this::refuseConfigWrite);
        loop = hardware.stepped() ? null : new DeviceLoop(device, "virtq-sim-" + name);
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
        return Optional.of(device.behaviour().type());
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

    /**
     * Enables a queue, in the device's own thread if it has one: what it works with is made there.
     */
    QueueConnection enable(int queue, QueueSetup setup) {
        return loop == null
                ? device.enable(queue, setup)
                : loop.in(() -> device.enable(queue, setup));
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
        return name + " (" + device.behaviour().type() + ")";
    }

    /** Something came for the device from its other side. */
    void attention() {
        device.attention();
    }

    /** Changes the configuration, and announces it, when it is time for that. */
    void changeConfig(Runnable change) {
        device.changeConfig(change);
    }

    private void refuseConfigWrite() {
        device.fault(
                new DriverFaultException(
                        "the driver wrote to the configuration space, which is read-only",
                        device.behaviour().config().readOnlyBy()));
    }
}
