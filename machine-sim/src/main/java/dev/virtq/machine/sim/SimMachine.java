package dev.virtq.machine.sim;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.sim.device.Conduct;
import dev.virtq.machine.sim.device.FileSystemDevice;
import dev.virtq.machine.sim.device.Hardware;
import dev.virtq.machine.sim.device.NetSettings;
import dev.virtq.machine.sim.device.SimNetDevice;
import dev.virtq.machine.sim.device.SimulatedDevice;
import dev.virtq.machine.sim.device.TestDeviceEnd;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/**
 * A machine in this process: memory with a hole in it, and a network device whose device end takes
 * the rings that a driver makes; beside it, {@linkplain SimDevice test devices} and {@linkplain
 * SimFileSystem shares of files} on demand.
 *
 * <pre>{@code
 * try (SimMachine machine = SimMachine.start();
 *         Transport transport = machine.transport(DeviceType.NETWORK)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Each device runs in a thread of its own, or, for tests in which nothing may be left to chance,
 * {@link #step} by step in the thread of the test. It trusts the driver as little as the driver
 * trusts it: a broken rule gets DEVICE_NEEDS_RESET, and {@link #details} tells which one it was.
 *
 * <p>Threads: any.
 */
public final class SimMachine implements Machine {
    private static final Duration END = Duration.ofSeconds(2);

    private final DmaMemory memory;
    private final SimNetDevice net;
    private final Map<String, TestDeviceEnd> testDevices = new LinkedHashMap<>();
    private final Map<String, SimShare> shares = new LinkedHashMap<>();
    private final List<SimulatedDevice> devices = new ArrayList<>();
    private final Conduct conduct;
    private final boolean stepped;
    private final AtomicBoolean closed = new AtomicBoolean();

    SimMachine(
            Hardware hardware,
            NetSettings settings,
            List<SimDevice> beside,
            List<SimFileSystem> served) {
        memory = hardware.memory();
        conduct = hardware.conduct();
        stepped = hardware.stepped();
        net = new SimNetDevice("net0", settings, hardware);
        devices.add(net.device());
        Map<SimDevice.Kind, Integer> numbers = new EnumMap<>(SimDevice.Kind.class);
        for (SimDevice described : beside) {
            int number = numbers.merge(described.kind(), 1, Integer::sum) - 1;
            String name = described.kind().type().name() + number;
            TestDeviceEnd made = new TestDeviceEnd(name, described, hardware);
            testDevices.put(name, made);
            devices.add(made.device());
        }
        for (SimFileSystem described : served) {
            String name = DeviceType.FILE_SYSTEM.name() + shares.size();
            FileSystemDevice made = new FileSystemDevice(name, described.settings(), hardware);
            shares.put(name, new SimShare(made));
            devices.add(made.device());
        }
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
        testDevices.forEach((name, device) -> details.put(name, device.workDone().toString()));
        shares.forEach((name, share) -> details.put(name, share.toString()));
        devices.forEach(device ->
                device.lastFault()
                        .ifPresent(fault -> details.put("last driver fault", fault.getMessage())));
        return details;
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public List<AttachedDevice> devices() {
        return List.copyOf(devices);
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
     * Makes the devices break other rules from now on, or none.
     *
     * @param mischief which rules; {@link Mischief#NONE} for honest devices
     */
    public void misbehave(Mischief mischief) {
        conduct.change(mischief);
    }

    /**
     * What a test device has done.
     *
     * @param name the device's name, as in {@code sink0}
     * @return the counts
     * @throws IllegalArgumentException when there is no such test device
     */
    public WorkDone workDone(String name) {
        TestDeviceEnd device = testDevices.get(name);
        if (device == null) {
            throw new IllegalArgumentException(
                    "the machine has no test device %s (it has: %s)"
                            .formatted(name, testDevices.keySet()));
        }
        return device.workDone();
    }

    /**
     * The other side of a file system device.
     *
     * @param name the device's name, as in {@code fs0}
     * @return what its driver holds
     * @throws IllegalArgumentException when there is no such file system device
     */
    public SimShare share(String name) {
        SimShare share = shares.get(name);
        if (share == null) {
            throw new IllegalArgumentException(
                    "the machine has no file system device %s (it has: %s)"
                            .formatted(name, shares.keySet()));
        }
        return share;
    }

    /**
     * Lets a device do one thing: move one frame, serve one chain, answer one request.
     *
     * @return whether there was something to do
     * @throws IllegalStateException when the devices run in threads of their own
     */
    public boolean step() {
        if (!stepped) {
            throw new IllegalStateException(
                    "the devices run in threads of their own; build the machine with stepped()");
        }
        for (SimulatedDevice device : devices) {
            if (device.step()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Lets the devices do all that there is to do.
     *
     * @return how many things they did
     * @throws IllegalStateException when the devices run in threads of their own
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
            DeviceLostException why = new DeviceLostException("the machine was closed");
            List<String> late = new ArrayList<>();
            for (SimulatedDevice device : devices) {
                if (!device.end(why, END)) {
                    late.add(device.name());
                }
            }
            shares.forEach((name, share) -> {
                if (!late.contains(name)) { // one that is stuck holds its files still
                    share.release();
                }
            });
            memory.close();
            if (!late.isEmpty()) {
                System.getLogger(SimMachine.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "the threads of {0} have not come back from their work, and end when they do",
                                late);
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
