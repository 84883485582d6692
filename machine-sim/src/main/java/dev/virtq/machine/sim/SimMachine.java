package dev.virtq.machine.sim;

import dev.virtq.device.DeviceLostException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.sim.device.SimNetDevice;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * A machine in this process: memory with a hole in it, and a network device whose device end takes
 * the rings that a driver makes.
 *
 * <pre>{@code
 * try (SimMachine machine = SimMachine.start();
 *         Transport transport = machine.transport(DeviceType.NETWORK)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>The device runs in a thread of its own, or, for tests in which nothing may be left to chance,
 * {@link #step} by step in the thread of the test. It trusts the driver as little as the driver
 * trusts it: a broken rule gets DEVICE_NEEDS_RESET, and {@link #details} tells which one it was.
 *
 * <p>Threads: any.
 */
public final class SimMachine implements Machine {
    private static final Duration END = Duration.ofSeconds(2);

    private final DmaMemory memory;
    private final SimNetDevice net;
    private final boolean stepped;
    private final AtomicBoolean closed = new AtomicBoolean();

    SimMachine(DmaMemory memory, SimNetDevice net, boolean stepped) {
        this.memory = memory;
        this.net = net;
        this.stepped = stepped;
    }

    /** {@return a machine with 64 MiB and the user network, running} */
    public static SimMachine start() {
        return builder().start();
    }

    /** {@return what a machine is made with, all at its defaults} */
    public static SimMachineBuilder builder() {
        return new SimMachineBuilder();
    }

    @Override
    public String kind() {
        return SimProvider.NAME;
    }

    @Override
    public String description() {
        return "a simulated machine in this process";
    }

    @Override
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        details.put(
                "memory",
                memory.extents().stream()
                        .map(SimMachine::describe)
                        .collect(Collectors.joining(", ")));
        details.put("device", stepped ? "steps when told to" : "runs in a thread of its own");
        details.put("dropped frames", Long.toString(net.droppedFrames()));
        net.lastFault().ifPresent(fault -> details.put("last driver fault", fault.getMessage()));
        return details;
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public List<AttachedDevice> devices() {
        return List.of(net);
    }

    /**
     * A frame comes from the network to the device. It waits for a receive buffer; when too many
     * wait, it is dropped.
     *
     * @param frame an Ethernet frame from the destination address on; it is copied
     */
    public void deliver(MemorySegment frame) {
        net.deliver(frame);
    }

    /**
     * Plugs the network into the device, or pulls it out. The driver gets a configuration change
     * notification.
     *
     * @param up whether the link is up
     */
    public void setLinkUp(boolean up) {
        net.setLinkUp(up);
    }

    /**
     * Lets the device do one thing: move one frame.
     *
     * @return whether there was something to do
     * @throws IllegalStateException when the device runs in a thread of its own
     */
    public boolean step() {
        if (!stepped) {
            throw new IllegalStateException(
                    "the device runs in a thread of its own; build the machine with stepped()");
        }
        return net.step();
    }

    /**
     * Lets the device do all that there is to do.
     *
     * @return how many things it did
     * @throws IllegalStateException when the device runs in a thread of its own
     */
    public int stepAll() {
        int steps = 0;
        while (step()) {
            steps++;
        }
        return steps;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            boolean ended = net.end(new DeviceLostException("the machine was closed"), END);
            memory.close();
            if (!ended) {
                System.getLogger(SimMachine.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "the thread of {0} has not come back from its network, and ends when it does",
                                net.name());
            }
        }
    }

    /** {@return kind and devices} */
    @Override
    public String toString() {
        return description() + " with " + devices();
    }

    private static String describe(Extent extent) {
        return "0x%x..0x%x".formatted(extent.address(), extent.end() - 1);
    }
}
