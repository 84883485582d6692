package dev.virtq.machine.qemu;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A device of a QEMU machine: what goes on the command line for it.
 *
 * <p>{@link #virtioNet()} is the network device with QEMU's user network behind it; {@link #of}
 * names any other.
 */
public interface QemuDevice {
    /**
     * {@return the arguments that make the device}
     *
     * @param index the device's number in its machine, for ids that must not collide
     * @param bus what the machine has for it
     */
    List<String> arguments(int index, DeviceBus bus);

    /**
     * {@return the arguments that make the device, when they depend on where the machine's files
     * are}
     *
     * @param index the device's number in its machine
     * @param bus what the machine has for it
     * @param folder where the machine's files are
     */
    default List<String> arguments(int index, DeviceBus bus, RunFolder folder) {
        return arguments(index, bus);
    }

    /**
     * {@return a command that runs another one, for a device that needs somebody beside QEMU}
     *
     * @param index the device's number in its machine
     * @param folder where the machine's files are
     * @param command what is to be run: QEMU, in the end
     */
    default List<String> launching(int index, RunFolder folder, List<String> command) {
        return command;
    }

    /** {@return the folders of the computer that the device writes to} */
    default Set<Path> writtenPaths() {
        return Set.of();
    }

    /**
     * A virtio-fs device with a virtiofsd behind it, under the tag {@code share}.
     *
     * @param share a folder of this computer
     * @return the device
     * @throws IllegalArgumentException when there is no such folder
     */
    static VirtioFsDevice virtioFs(Path share) {
        return new VirtioFsDevice(share, "share");
    }

    /** {@return the files and folders of the computer that the device reads} */
    default List<Path> sharedPaths() {
        return List.of();
    }

    /** {@return a virtio-net device with QEMU's user network (slirp) behind it} */
    static VirtioNetDevice virtioNet() {
        return VirtioNetDevice.DEFAULT;
    }

    /**
     * A port of a q35 machine into which a device can be {@linkplain QemuMachine#plug plugged}
     * while the machine runs; one device a port.
     *
     * @return the port, with nothing in it
     */
    static QemuDevice hotPlugPort() {
        return HotPlugPort.INSTANCE;
    }

    /**
     * Any device, with options as QEMU takes them.
     *
     * @param model the device's model, such as {@code virtio-rng-pci}
     * @param options options, each as {@code name=value}
     * @return the device
     */
    static QemuDevice of(String model, String... options) {
        QemuOptions.checkWord("a device model", model);
        List<String> all = List.of(options);
        all.forEach(option -> QemuOptions.checkOption("a device option", option));
        return (_, _) -> List.of("-device", QemuOptions.join(model, all));
    }
}
