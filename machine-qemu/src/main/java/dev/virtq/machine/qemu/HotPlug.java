package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.qemu.HotPlugPorts.Port;
import dev.virtq.transport.pci.PciAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plugs devices into a machine that runs, and unplugs them: QEMU is asked over QMP, and the part of
 * the operating system, which the machine has none of, is played at the registers of the slot.
 *
 * <p>One device is plugged or unplugged at a time.
 */
final class HotPlug {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** A function may take that long to answer after it got power (PCI Express, 6.6.1). */
    private static final Duration WARM_UP = Duration.ofSeconds(1);

    private static final long PAUSE_NANOS = 100_000;
    private static final int NOBODY = 0xffff;
    private static final int NOT_YET = 0x0001;

    private final QemuMachine machine;
    private final ConfigSpaces spaces;
    private final PciDevices devices;
    private final HotPlugPorts ports;
    private final QdevIds startedWith;
    private final Map<String, Removal> removals = new ConcurrentHashMap<>();

    /** What is in a port, if it was plugged in here; by the port's id. */
    private final Map<String, QmpDevice> plugged = new HashMap<>();

    private int nextIndex;

    /**
     * Looks for the ports of a machine.
     *
     * @param machine which it is
     * @param spaces its configuration spaces
     * @param root its buses
     * @param devices where what is plugged in gets its name
     */
    HotPlug(QemuMachine machine, ConfigSpaces spaces, FoundBus root, PciDevices devices) {
        this.machine = machine;
        this.spaces = spaces;
        this.devices = devices;
        List<QemuDevice> known = machine.commandLine().devices();
        startedWith = HotPlugPorts.areAmong(known) ? QdevIds.ask(machine.qmp()) : QdevIds.NONE;
        ports = new HotPlugPorts(known, root, startedWith);
        nextIndex = known.size();
        machine.qmp().onEvent(this::hear);
    }

    /** {@return what will tell that a function is unplugged; null when it cannot be} */
    @Nullable Removal removalAt(PciAddress address) {
        if (ports.before(address).isEmpty()) {
            return null;
        }
        // Who works on the queues of a device that others have started is not known.
        return removal(startedWith.at(address).orElse(""), address, false);
    }

    /**
     * Puts a device into the first port that is empty.
     *
     * @return the device, which can be opened
     */
    synchronized AttachedDevice plug(QemuDevice device) {
        throwIfLost();
        Port port = ports.empty();
        leave(port);
        int index = nextIndex++;
        QmpDevice added = QmpDevice.of(device, index, port.id());
        PciAddress place = new PciAddress(port.bus().number(), 0, 0);
        Removal removal = removal(added.id(), place, added.worksInQemu());
        try {
            added.add(machine.qmp());
        } catch (RuntimeException refused) {
            removals.remove(added.id());
            throw refused;
        }
        plugged.put(port.id(), added);
        try {
            port.slot().awaitOccupied();
            port.slot().turnOn();
            awaitAnswer(place);
            FoundBus found = BusScan.behindPort(spaces, port.bridge());
            BusPlan.place(found, port.windows().whole());
            List<QemuPciFunction> functions = new ArrayList<>();
            for (FoundFunction function : found.functions()) {
                functions.add(new QemuPciFunction(machine, function, removal));
            }
            devices.add(functions);
            return devices.device(functions.getFirst());
        } catch (RuntimeException failure) {
            takeBack(port, added, failure);
            throw failure;
        }
    }

    /**
     * Takes a device out, whoever uses it.
     *
     * @param name of the device
     * @param whenAsked is told once QEMU has asked for the device, which still has power then
     */
    synchronized void unplug(String name, Runnable whenAsked) {
        throwIfLost();
        QemuPciFunction function =
                devices.function(name)
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "there is no device '%s' (expected: %s)"
                                                .formatted(name, names())));
        Port port =
                ports.before(function.address()).orElseThrow(() -> notPluggable(name, function));
        QmpDevice added = plugged.get(port.id());
        String id =
                added != null
                        ? added.id()
                        : startedWith
                                .at(function.address())
                                .orElseThrow(() ->
                                        new IllegalArgumentException(
                                                "%s has no id in QEMU, by which it could be unplugged (expected: id=... among its options)"
                                                        .formatted(name)));
        eject(port, id, whenAsked);
    }

    private void eject(Port port, String id, Runnable whenAsked) {
        machine.qmp().execute("device_del", Map.of("id", id));
        if (port.slot().isOn()) { // else QEMU asks nobody
            port.slot().awaitButton();
            port.slot().announce();
            try {
                whenAsked.run();
            } finally {
                port.slot().turnOff();
                forget(port, id);
            }
        } else {
            forget(port, id);
        }
    }

    /** Of what had power in the port before, nothing is left. */
    private void forget(Port port, String id) {
        List<QemuPciFunction> out =
                devices.functions().stream()
                        .filter(function -> port.reaches(function.address()))
                        .toList();
        out.stream().flatMap(function -> function.removal().stream()).forEach(Removal::gone);
        devices.remove(out);
        Removal removal = removals.get(id);
        if (removal != null && !isDeleted(removal)) {
            throw new QemuException(
                    "QEMU has let go of %s, and not told within %d s that nothing is left of it"
                            .formatted(id, PATIENCE.toSeconds()));
        }
        leave(port);
    }

    /** Removes the network that an earlier device of the port has left. */
    private void leave(Port port) {
        QmpDevice earlier = plugged.remove(port.id());
        if (earlier != null) {
            removals.remove(earlier.id());
            earlier.removeNetwork(machine.qmp());
        }
    }

    /** A device that cannot be used does not stay. */
    private void takeBack(Port port, QmpDevice added, RuntimeException failure) {
        try {
            eject(port, added.id(), () -> {});
        } catch (RuntimeException alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
    }

    private Removal removal(String id, PciAddress address, boolean worksInQemu) {
        Removal removal = new Removal("pci " + address, worksInQemu);
        if (!id.isEmpty()) {
            removals.put(id, removal);
        }
        return removal;
    }

    /** Called by the thread that reads QMP: whoever had the device out, it is gone. */
    private void hear(QmpEvent event) {
        if (event.name().equals("DEVICE_DELETED")) {
            Removal removal = removals.get(event.data().path("device").asString(""));
            if (removal != null) {
                removal.deleted();
            }
        }
    }

    private void awaitAnswer(PciAddress address) {
        long start = System.nanoTime();
        int vendor = spaces.at(address).readShort(0) & 0xffff;
        while (vendor == NOBODY || vendor == NOT_YET) {
            if (System.nanoTime() - start > WARM_UP.toNanos()) {
                throw new QemuException(
                        "nobody answers at pci %s, %d ms after it got power"
                                .formatted(address, WARM_UP.toMillis()));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            vendor = spaces.at(address).readShort(0) & 0xffff;
        }
    }

    private static boolean isDeleted(Removal removal) {
        try {
            return removal.awaitDeleted(PATIENCE.toNanos());
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new QemuException("interrupted while a device was unplugged", interrupt);
        }
    }

    private IllegalArgumentException notPluggable(String name, QemuPciFunction function) {
        String pluggable =
                devices.attached().stream()
                        .filter(device ->
                                devices.function(device.name()).stream()
                                        .anyMatch(other -> other.removal().isPresent()))
                        .map(AttachedDevice::name)
                        .collect(Collectors.joining(", "));
        return new IllegalArgumentException(
                "%s at pci %s cannot be unplugged, since it is in no hot-plug port (those that are: %s)"
                        .formatted(
                                name,
                                function.address(),
                                pluggable.isEmpty() ? "none" : pluggable));
    }

    private String names() {
        return devices.attached().stream()
                .map(AttachedDevice::name)
                .collect(Collectors.joining(", "));
    }

    private void throwIfLost() {
        Optional<DeviceLostException> lost = machine.lost();
        if (lost.isPresent()) {
            throw lost.get();
        }
    }
}
