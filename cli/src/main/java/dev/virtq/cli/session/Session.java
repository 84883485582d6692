package dev.virtq.cli.session;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.value.CommandException;
import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One machine, started when it is first needed, and the device of it that the commands drive.
 *
 * <p>Threads: the commands run in one thread. {@link #shutDown} may be called from any other.
 */
public final class Session implements AutoCloseable {
    private final Console console;
    private final Supplier<MachineChoice.Started> starter;
    private final Supplier<DriveOptions> driveOptions;
    private final Map<String, DeviceDrive> drives = new LinkedHashMap<>();
    private @Nullable String selected;
    private boolean json;

    private volatile MachineChoice.@Nullable Started started;
    private volatile boolean over;

    /**
     * Makes a session; nothing is started yet.
     *
     * @param console where remarks go
     * @param starter starts the machine
     * @param driveOptions how devices are brought up
     */
    public Session(
            Console console,
            Supplier<MachineChoice.Started> starter,
            Supplier<DriveOptions> driveOptions) {
        this.console = console;
        this.starter = starter;
        this.driveOptions = driveOptions;
    }

    /** {@return where the commands write} */
    public Console console() {
        return console;
    }

    /** {@return whether every command answers in JSON, asked or not} */
    public boolean answersInJson() {
        return json;
    }

    /**
     * Makes every command answer in JSON, asked or not.
     *
     * @param always whether they do
     */
    public void answerInJson(boolean always) {
        json = always;
    }

    /** {@return the machine, started now if it was not} */
    public Machine machine() {
        return start().machine();
    }

    /** {@return why it is this machine} */
    public String reason() {
        return start().reason();
    }

    /**
     * {@return whether a device that was lost can be there again: somebody else starts it} A
     * machine that was started here ends with its process.
     */
    public boolean mayReturn() {
        MachineChoice.Started running = started;
        return running != null && running.machine().canReconnect();
    }

    /** {@return whether the machine has been started} */
    public boolean isStarted() {
        return started != null;
    }

    /** {@return whether the end has begun: what fails from now on is no news} */
    public boolean isOver() {
        return over;
    }

    /**
     * {@return the device that the commands drive: the one chosen last, else the first network
     * device, else the first virtio device}
     */
    public AttachedDevice device() {
        String name = selected;
        return name != null ? find(name) : first();
    }

    /**
     * Chooses the device that the commands drive from now on.
     *
     * @param name of a virtio device
     * @return the device
     */
    public AttachedDevice use(String name) {
        AttachedDevice device = find(name);
        if (device.type().isEmpty()) {
            throw new CommandException(
                    "'%s' is not a virtio device (virtio devices: %s)"
                            .formatted(name, names(true)));
        }
        selected = name;
        return device;
    }

    /** {@return how the chosen device is driven} */
    public DeviceDrive drive() {
        return driveOf(device());
    }

    /**
     * {@return the share that the commands are about: on the chosen device when it is a file
     * system, else on the first one that is}
     *
     * @throws IOException when it cannot be mounted
     */
    public ShareDrive share() throws IOException {
        AttachedDevice chosen = device();
        Optional<DeviceType> wanted = Optional.of(DeviceType.FILE_SYSTEM);
        AttachedDevice device =
                chosen.type().equals(wanted)
                        ? chosen
                        : machine().devices().stream()
                                .filter(each -> each.type().equals(wanted))
                                .findFirst()
                                .orElseThrow(() ->
                                        new CommandException(
                                                "the machine has no file system device (expected: --share DIR, or --machine vhost-user:SOCKET,type=fs)"));
        return driveOf(device).share();
    }

    /** {@return whether a share is mounted} */
    public boolean hasShare() {
        return drives.values().stream().anyMatch(drive -> drive.driver() == Driver.SHARE);
    }

    private DeviceDrive driveOf(AttachedDevice device) {
        return drives.computeIfAbsent(
                device.name(), _ -> new DeviceDrive(device, driveOptions.get(), this::tell));
    }

    /**
     * {@return how a device is driven; empty when nobody has driven it yet}
     *
     * @param name of the device
     */
    public Optional<DeviceDrive> driveOf(String name) {
        return Optional.ofNullable(drives.get(name));
    }

    /**
     * Resets a device, when somebody drives it, and lets go of it for good.
     *
     * @param name of a device that is about to go, or has gone
     */
    public void letGo(String name) {
        if (name.equals(selected)) {
            selected = null;
        }
        DeviceDrive drive = drives.remove(name);
        if (drive != null) {
            if (drive.driver() != Driver.NOBODY) {
                tell("%s is reset: its driver lets go of it".formatted(name));
            }
            drive.close();
        }
    }

    /**
     * Says what was done on the way to an answer. Programs that read JSON are spared it.
     *
     * @param remark one line
     */
    public void tell(String remark) {
        if (!json) {
            console.line(console.styled(dev.virtq.cli.console.Style.FAINT, "-- " + remark));
        }
    }

    /** Ends the devices and the machine. Idempotent. */
    @Override
    public void close() {
        List<DeviceDrive> open = new ArrayList<>(drives.values());
        drives.clear();
        RuntimeException failure = null;
        for (DeviceDrive drive : open) {
            try {
                drive.close();
            } catch (RuntimeException e) {
                failure = e; // the machine is ended all the same
            }
        }
        shutDown();
        if (failure != null) {
            throw failure;
        }
    }

    /** Ends the machine at once, whatever a command does with it. For the end of the process. */
    public void shutDown() {
        over = true;
        MachineChoice.Started running = started;
        if (running != null) {
            running.machine().close();
        }
    }

    private MachineChoice.Started start() {
        MachineChoice.Started running = started;
        if (running == null) {
            if (over) {
                throw new CommandException("the session is over");
            }
            running = starter.get();
            started = running;
            if (over) { // the end came while it started
                running.machine().close();
            }
        }
        return running;
    }

    private AttachedDevice first() {
        List<AttachedDevice> virtio =
                machine().devices().stream().filter(device -> device.type().isPresent()).toList();
        if (virtio.isEmpty()) {
            throw new CommandException(
                    "the machine has no virtio device (it has: %s)".formatted(names(false)));
        }
        // A share beside it is found by the commands that are about it.
        return virtio.stream()
                .filter(device -> device.type().equals(Optional.of(DeviceType.NETWORK)))
                .findFirst()
                .orElse(virtio.getFirst());
    }

    private AttachedDevice find(String name) {
        return machine().devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new CommandException(
                                "there is no device '%s' (expected: %s)"
                                        .formatted(name, names(false))));
    }

    private String names(boolean onlyVirtio) {
        String names =
                machine().devices().stream()
                        .filter(device -> !onlyVirtio || device.type().isPresent())
                        .map(AttachedDevice::name)
                        .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none" : names;
    }
}
