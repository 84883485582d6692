package dev.virtq.machine.sim.device;

import java.lang.foreign.MemorySegment;

/** The network device of a simulated machine, and the network's side of it. Threads: any. */
public final class SimNetDevice {
    private final FrameBacklog backlog = new FrameBacklog();
    private final NetBehaviour net;
    private final SimulatedDevice device;

    /**
     * Makes a device, and starts it.
     *
     * @param name its name in the machine
     * @param settings what it is like
     * @param hardware what all devices of the machine have in common
     */
    public SimNetDevice(String name, NetSettings settings, Hardware hardware) {
        net = new NetBehaviour(settings, backlog, hardware.conduct());
        device = new SimulatedDevice(name, net, hardware);
    }

    /** {@return the driver's side of it} */
    public SimulatedDevice device() {
        return device;
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
}
