package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.WorkDone;

/** A test device of a simulated machine, and what it has done. Threads: any. */
public final class TestDeviceEnd {
    private final TestDevice behaviour;
    private final SimulatedDevice device;

    /**
     * Makes a device, and starts it.
     *
     * @param name its name in the machine
     * @param described what it does
     * @param hardware what all devices of the machine have in common
     */
    public TestDeviceEnd(String name, SimDevice described, Hardware hardware) {
        behaviour = new TestDevice(described);
        device = new SimulatedDevice(name, behaviour, hardware);
    }

    /** {@return the driver's side of it} */
    public SimulatedDevice device() {
        return device;
    }

    /** {@return what it has done so far} */
    public WorkDone workDone() {
        return behaviour.workDone();
    }
}
