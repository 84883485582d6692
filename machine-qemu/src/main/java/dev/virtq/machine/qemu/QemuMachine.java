package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.InterruptMode;
import dev.virtq.machine.Machine;
import dev.virtq.memory.DmaMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A QEMU machine without a guest, driven from here.
 *
 * <p>Its CPU halts at once; this class plays the CPU: registers are reached over qtest, RAM is
 * shared memory.
 *
 * <pre>{@code
 * try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
 *     System.out.println(machine.qmp().monitor("info pci"));
 * }
 * }</pre>
 *
 * <p>Nothing is left behind: {@link #close} ends QEMU, files are gone as soon as they are open, and
 * when this JVM is killed QEMU is ended too.
 *
 * <p>Threads: any.
 */
public final class QemuMachine implements Machine {
    private static final Duration QUIT = Duration.ofMillis(500);

    /** From the end of a connection to that of the process. */
    private static final Duration LAST_WORDS = Duration.ofMillis(200);

    private final QemuCommandLine commandLine;
    private final List<String> words;
    private final RunningQemu qemu;
    private final QmpClient qmp;
    private final QtestClient qtest;
    private final SharedRam ram;
    private final DmaMemory memory;
    private final MessageWords messageWords;
    private final InterruptController interruptController = new InterruptController(this);
    private volatile InterruptMode interrupts;
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable PciBus pci;
    private @Nullable MmioSlots mmio;

    QemuMachine(QemuStart start, QmpClient qmp, QtestClient qtest, SharedRam ram) {
        this.commandLine = start.commandLine();
        this.words = start.words();
        this.qemu = start.qemu();
        this.qmp = qmp;
        this.qtest = qtest;
        this.ram = ram;
        this.memory = new DmaMemory(ram.dmaMapping());
        this.messageWords = new MessageWords(this);
        this.interrupts = commandLine.machineType().bus().interrupts();
    }

    /**
     * Starts a machine with the QEMU of this computer.
     *
     * @param devices its devices
     * @return the machine, ready
     * @throws QemuException when QEMU cannot be started; the message holds what QEMU said
     */
    public static QemuMachine start(QemuDevice... devices) {
        QemuCommandLine commandLine = QemuCommandLine.DEFAULT;
        for (QemuDevice device : devices) {
            commandLine = commandLine.withDevice(device);
        }
        return start(commandLine, QemuProcess.launcher());
    }

    /**
     * Starts a machine.
     *
     * @param commandLine what to run
     * @param launcher how to run it
     * @return the machine, ready
     * @throws QemuException when QEMU cannot be started; the message holds what QEMU said
     */
    public static QemuMachine start(QemuCommandLine commandLine, QemuLauncher launcher) {
        return QemuStart.start(commandLine, launcher);
    }

    /**
     * Chooses how those devices get attention that are opened from now on. Unless it is chosen, PCI
     * functions send messages, and devices over MMIO use their interrupt lines.
     *
     * @param mode which way
     * @return this machine
     * @throws IllegalArgumentException when its devices have no messages
     */
    public QemuMachine interruptBy(InterruptMode mode) {
        commandLine.machineType().bus().check(mode);
        interrupts = mode;
        return this;
    }

    @Override
    public String kind() {
        return qemu.kind();
    }

    @Override
    public String description() {
        return "QEMU %s in %s".formatted(qmp.version(), qemu.name());
    }

    @Override
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("qemu", qmp.version());
        details.put("runs as", qemu.name());
        details.put("command line", String.join(" ", words));
        details.put("ram", ram.segment().byteSize() / (1 << 20) + " MiB: " + ram.runs());
        details.put("sockets", "QMP and qtest, connected; their files are gone");
        lost().ifPresent(lost -> details.put("lost", String.valueOf(lost.getMessage())));
        return details;
    }

    /**
     * {@return the functions on its PCI bus, virtio devices or not; over MMIO, what is in a slot}
     */
    @Override
    public List<AttachedDevice> devices() {
        return switch (commandLine.machineType().bus()) {
            case PCI -> pci().devices();
            case MMIO -> mmio().devices();
        };
    }

    /**
     * Plugs a device into an empty {@linkplain QemuDevice#hotPlugPort port}, while the machine
     * runs. It is among the {@link #devices} from then on.
     *
     * @param device what it is: one {@code -device}, with the {@code -netdev} that belongs to it;
     *     without an id or a place among its options
     * @return the device, which can be opened
     * @throws IllegalArgumentException when it is nothing that can be plugged in
     * @throws QemuException when no port is empty, or QEMU refuses the device; nothing is left of
     *     it then
     * @throws DeviceLostException when the machine is gone
     */
    public AttachedDevice plug(QemuDevice device) {
        if (commandLine.machineType().bus() != DeviceBus.PCI) {
            throw new QemuException(
                    "devices cannot be plugged into a %s machine while it runs (expected: a q35)"
                            .formatted(commandLine.machineType().word()));
        }
        for (Path path : device.sharedPaths()) {
            if (!qemu.sees(path) && !commandLine.sharedPaths().contains(path)) {
                throw new IllegalArgumentException(
                        "%s does not see %s (expected: a path that a device of the machine has had from its start)"
                                .formatted(qemu.name(), path));
            }
        }
        return pci().hotPlug().plug(device);
    }

    /**
     * Unplugs a device, whoever uses it. From then on its registers read all ones and {@link
     * dev.virtq.device.Transport#lost} says why; whoever waits for it gets {@link
     * DeviceLostException} at once. When this returns, QEMU has told that nothing is left of the
     * device, so that its memory can be used for something else.
     *
     * @param name of a device in a {@linkplain QemuDevice#hotPlugPort port}; what is in the same
     *     port goes with it
     * @throws IllegalArgumentException when there is no such device, or it is not in a port
     * @throws QemuException when QEMU does not let go of it
     * @throws DeviceLostException when the machine is gone
     */
    public void unplug(String name) {
        unplug(name, () -> {});
    }

    /**
     * Unplugs a device as {@link #unplug(String)} does, and tells whoever drives it in time to let
     * go of it.
     *
     * @param name of a device in a port
     * @param whenAsked called in this thread when it is certain that the device will go, and before
     *     it does: its driver can be closed here. What it throws is thrown on once the device has
     *     no power
     * @throws IllegalArgumentException when there is no such device, or it is not in a port
     * @throws QemuException when QEMU does not let go of it
     * @throws DeviceLostException when the machine is gone
     */
    public void unplug(String name, Runnable whenAsked) {
        if (commandLine.machineType().bus() != DeviceBus.PCI) {
            throw new QemuException(
                    "devices cannot be unplugged from a %s machine while it runs (expected: a q35)"
                            .formatted(commandLine.machineType().word()));
        }
        pci().hotPlug().unplug(name, whenAsked);
    }

    /** {@return what QEMU was started from} */
    public QemuCommandLine commandLine() {
        return commandLine;
    }

    /** {@return the words of QEMU's command line, the binary first} */
    public List<String> words() {
        return words;
    }

    /** {@return what runs, for people: {@code process 4711}} */
    public String name() {
        return qemu.name();
    }

    /** {@return QEMU's machine protocol} */
    public QmpClient qmp() {
        return qmp;
    }

    /** {@return the registers of the machine} */
    public QtestClient qtest() {
        return qtest;
    }

    /** {@return all of the RAM} */
    public SharedRam ram() {
        return ram;
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    /**
     * {@return the PCI buses of the machine, set up when they are first asked for}
     *
     * @throws QemuException when it is not a q35 machine
     */
    public synchronized PciBus pci() {
        PciBus bus = pci;
        if (bus == null) {
            bus = new PciBus(this);
            pci = bus;
        }
        return bus;
    }

    /**
     * {@return the slots of the machine, looked at when they are first asked for}
     *
     * @throws QemuException when it has none
     */
    public synchronized MmioSlots mmio() {
        if (commandLine.machineType().bus() != DeviceBus.MMIO) {
            throw new QemuException(
                    "a %s machine has no places for devices over MMIO (expected: microvm or virt)"
                            .formatted(commandLine.machineType().word()));
        }
        MmioSlots slots = mmio;
        if (slots == null) {
            slots = new MmioSlots(this);
            mmio = slots;
        }
        return slots;
    }

    InterruptMode interrupts() {
        return interrupts;
    }

    InterruptController interruptController() {
        return interruptController;
    }

    MessageWords messageWords() {
        return messageWords;
    }

    /** {@return why the machine is gone; empty while it runs. Cheap enough for a waiting loop} */
    public Optional<DeviceLostException> lost() {
        if (closed.get()) {
            return Optional.of(new DeviceLostException("the machine was closed"));
        }
        String reason = qtest.lost();
        if (reason == null && qmp.isOpen()) {
            return Optional.empty();
        }
        // A socket that broke is QEMU's end more often than not: its own words say more.
        String closedQmp = reason == null ? "it closed QMP" : reason;
        return Optional.of(
                new DeviceLostException(
                        "%s (QEMU) is gone: %s"
                                .formatted(
                                        qemu.name(), qemu.awaitEnd(LAST_WORDS).orElse(closedQmp))));
    }

    /** {@return whether QEMU is certain to run no more, so that it writes to no memory} */
    public boolean provenDead() {
        return qemu.isDead();
    }

    /**
     * Ends QEMU, and refuses further access to its memory; nothing is unmapped. Bounded;
     * idempotent.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            if (qmp.isOpen()) {
                quit();
            }
            // Before the sockets: who waits for a QEMU that hangs is let go by its end.
            qemu.close();
        } finally {
            qmp.close();
            qtest.close();
            memory.close();
        }
    }

    private void quit() {
        try {
            qmp.execute("quit", Map.of(), QUIT);
            qemu.awaitEnd(QUIT);
        } catch (QemuException | DeviceLostException notPolite) {
            // It hangs, or it is gone already: the process is ended next, whatever it does.
            System.getLogger(QemuMachine.class.getName())
                    .log(System.Logger.Level.DEBUG, "QMP quit failed", notPolite);
        }
    }
}
