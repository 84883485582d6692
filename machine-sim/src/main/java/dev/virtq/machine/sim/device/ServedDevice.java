package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueSetup;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimNetwork;
import dev.virtq.machine.sim.WorkDone;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A device whose driver is elsewhere: it has no transport and no thread, and does what it is told
 * by whoever hears the driver. Not thread safe.
 */
public final class ServedDevice {
    /** What is a matter of registers that such a driver does not have. */
    private static final FeatureSet NOT_SERVED =
            FeatureSet.of(
                    CommonFeature.NOTIFICATION_DATA,
                    CommonFeature.NOTIF_CONFIG_DATA,
                    CommonFeature.SUSPEND);

    private static final int LARGEST_QUEUE = 1024;

    private static final long MAC = 0x5254_0012_3456L;
    private static final int MTU = 1500;

    private final DeviceBehaviour behaviour;
    private final DeviceEnd device;
    private final int toldQueues;
    private final Supplier<WorkDone> work;
    private final Interrupt[] interrupts;

    private ServedDevice(
            DeviceBehaviour behaviour,
            Conduct conduct,
            DmaMemory memory,
            FeatureSet withheld,
            int toldQueues,
            Supplier<WorkDone> work) {
        this.behaviour = behaviour;
        this.toldQueues = toldQueues;
        this.work = work;
        device =
                new DeviceEnd(
                        behaviour,
                        RingFormats.installed(),
                        memory,
                        new FeatureChoice(NOT_SERVED.union(withheld), FeatureSet.EMPTY),
                        LARGEST_QUEUE,
                        conduct);
        interrupts = new Interrupt[behaviour.queueCount()];
    }

    /**
     * {@return a test device}
     *
     * @param described what it does
     * @param memory what it reaches
     * @param withheld features that it does not offer
     */
    public static ServedDevice of(SimDevice described, DmaMemory memory, FeatureSet withheld) {
        TestDevice behaviour = new TestDevice(described);
        return new ServedDevice(
                behaviour,
                new Conduct(Mischief.NONE),
                memory,
                withheld,
                described.queues(),
                behaviour::workDone);
    }

    /**
     * {@return a network device with one pair of queues, which does not count what it does}
     *
     * @param network what it is plugged into
     * @param memory what it reaches
     * @param withheld features that it does not offer
     */
    public static ServedDevice of(SimNetwork network, DmaMemory memory, FeatureSet withheld) {
        Conduct conduct = new Conduct(Mischief.NONE);
        NetBehaviour behaviour =
                new NetBehaviour(new NetSettings(MAC, MTU, network), new FrameBacklog(), conduct);
        return new ServedDevice(
                behaviour, conduct, memory, withheld, 1, () -> new WorkDone(0, 0, 0, 0));
    }

    /** {@return the features that it offers} */
    public FeatureSet offered() {
        return device.offered();
    }

    /** {@return how many queues it has} */
    public int queueCount() {
        return interrupts.length;
    }

    /** {@return what a front end is told when it asks for that: of a network device, the pairs} */
    public int toldQueues() {
        return toldQueues;
    }

    /** {@return its configuration space, which is read-only} */
    public ConfigSpace config() {
        return behaviour.config();
    }

    /** {@return what it has done so far} */
    public WorkDone workDone() {
        return work.get();
    }

    /** {@return what the driver did wrong last; empty when it never did} */
    public Optional<DriverFaultException> lastFault() {
        return Optional.ofNullable(device.lastFault());
    }

    /** {@return the device status} */
    public int readStatus() {
        return device.readStatus();
    }

    /**
     * The driver writes the device status; 0 resets the device.
     *
     * @param status what is written
     */
    public void writeStatus(int status) {
        device.writeStatus(status);
    }

    /**
     * The driver accepts features.
     *
     * @param features which
     */
    public void accept(FeatureSet features) {
        device.accept(features);
    }

    /**
     * The driver hands a queue over.
     *
     * @param queue its index
     * @param setup where it is
     * @param witness is told of what the device does with it
     * @throws DriverFaultException when the device cannot take it
     */
    public void start(int queue, QueueSetup setup, ChainWitness witness) {
        interrupts[queue] = device.enable(queue, setup, witness).interrupt();
    }

    /**
     * The driver takes a queue back.
     *
     * @param queue its index
     * @return where a device would go on, as vhost encodes it
     */
    public int stop(int queue) {
        return device.stop(queue);
    }

    /**
     * The device leaves a queue alone for a while, or goes on with it.
     *
     * @param queue its index
     * @param wanted whether to leave it alone
     */
    public void pause(int queue, boolean wanted) {
        device.pause(queue, wanted);
    }

    /**
     * The driver notifies the device.
     *
     * @param queue of which queue
     */
    public void kick(int queue) {
        device.notified(queue);
    }

    /** {@return whether there was something to do, which is done} */
    public boolean step() {
        return device.step();
    }

    /**
     * {@return whether the driver is to be notified, since this was asked last}
     *
     * @param queue of which queue
     */
    public boolean takeInterrupt(int queue) {
        return interrupts[queue] != null && interrupts[queue].poll();
    }

    /** {@return whether the driver is to be told that the configuration has changed} */
    public boolean takeConfigInterrupt() {
        return device.configSignal().poll();
    }

    /**
     * Changes the last byte of the configuration space, and announces it.
     *
     * @param value what it becomes
     */
    public void changeLastConfigByte(byte value) {
        ConfigBytes config = behaviour.config();
        device.changeConfig(() ->
                config.change(
                        fields -> fields.set(ValueLayout.JAVA_BYTE, config.length() - 1L, value)));
    }
}
