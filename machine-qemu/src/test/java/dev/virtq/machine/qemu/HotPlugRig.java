package dev.virtq.machine.qemu;

import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the tests of hot plug share: a machine with two empty ports, and what there is of it. */
final class HotPlugRig {
    static final VirtioNetDevice NET = QemuDevice.virtioNet();

    private HotPlugRig() {}

    static QemuMachine start() {
        return QemuMachine.start(NET, QemuDevice.hotPlugPort(), QemuDevice.hotPlugPort());
    }

    /** What there is of a machine, in QEMU and here. */
    record State(
            List<String> objects,
            List<String> unattached,
            String network,
            String pci,
            int filesHere,
            int filesOfQemu,
            long freeMemory) {
        static State of(QemuMachine machine) throws IOException {
            long pid = Long.parseLong(machine.name().replace("process ", ""));
            return new State(
                    children(machine, "/machine/peripheral"),
                    children(machine, "/machine/unattached"),
                    machine.qmp().monitor("info network"),
                    machine.qmp().execute("query-pci").toString(),
                    files("self"),
                    files(Long.toString(pid)),
                    machine.memory().available());
        }

        private static int files(String process) throws IOException {
            try (Stream<Path> files = Files.list(Path.of("/proc", process, "fd"))) {
                return (int) files.count();
            }
        }
    }

    static PciFunction inFirstPort(QemuMachine machine) {
        return machine.pci().function(new PciAddress(1, 0, 0));
    }

    static List<String> names(QemuMachine machine) {
        return machine.devices().stream().map(AttachedDevice::name).toList();
    }

    static AttachedDevice named(QemuMachine machine, String name) {
        return machine.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static List<String> children(QemuMachine machine, String path) {
        return machine.qmp()
                .execute("qom-list", Map.of("path", path))
                .valueStream()
                .map(child -> child.path("name").asString())
                .sorted()
                .toList();
    }

    /** Plugs a device in, uses it, and takes it out. */
    static void round(QemuMachine machine) throws InterruptedException {
        AttachedDevice plugged = machine.plug(NET);
        Gateway.answersThrough(plugged);
        machine.unplug(plugged.name());
    }
}
