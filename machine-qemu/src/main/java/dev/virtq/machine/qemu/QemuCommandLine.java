package dev.virtq.machine.qemu;

import dev.virtq.machine.MachineOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The command line of a machine without a guest: a CPU that halts, RAM in a shared file, sockets
 * for QMP and qtest, and devices.
 *
 * <pre>{@code
 * QemuCommandLine line = QemuCommandLine.DEFAULT
 *         .withMemory(512L << 20)
 *         .withDevice(QemuDevice.virtioNet())
 *         .withArguments("-machine", "q35,max-ram-below-4g=128M");
 * }</pre>
 *
 * @param binary QEMU's binary, by name or by path
 * @param machineType what kind of machine
 * @param memoryBytes the size of the RAM, in bytes
 * @param devices the devices, in the order of their slots
 * @param arguments further arguments, which QEMU takes after the others. A {@code -machine} among
 *     them adds to the machine's options and overrides them; the RAM stays the shared one
 */
public record QemuCommandLine(
        String binary,
        MachineType machineType,
        long memoryBytes,
        List<QemuDevice> devices,
        List<String> arguments) {
    /** A q35 with 256 MiB and no devices. */
    public static final QemuCommandLine DEFAULT =
            new QemuCommandLine(
                    MachineType.Q35.binary(), MachineType.Q35, 256L << 20, List.of(), List.of());

    static final String RAM_ID = "m0";
    static final String RAM_FILE = "ram";
    static final String QMP_SOCKET = "qmp";
    static final String QTEST_SOCKET = "qtest";
    static final String FIRMWARE = "halt.bin";

    /** The least that leaves room above the first megabyte, and the granule of {@code -m}. */
    private static final long MIN_MEMORY = 2L << 20;

    private static final long GRANULE = 1L << 20;

    /** What would take the machine out of the hands of who started it. */
    private static final Set<String> REFUSED =
            Set.of("m", "S", "qtest", "daemonize", "incoming", "loadvm", "bios", "pidfile");

    /** Refuses memory that the machine cannot have, and arguments that would defeat it. */
    public QemuCommandLine {
        if (binary.isBlank()) {
            throw new IllegalArgumentException("QEMU's binary needs a name");
        }
        if (memoryBytes < MIN_MEMORY || memoryBytes % GRANULE != 0) {
            throw new IllegalArgumentException(
                    "the memory is a multiple of 1 MiB and at least 2 MiB, got %d bytes"
                            .formatted(memoryBytes));
        }
        devices = List.copyOf(devices);
        arguments = List.copyOf(arguments);
        arguments.forEach(QemuCommandLine::checkArgument);
    }

    /**
     * The command line of a machine with one network device, and with two {@linkplain
     * QemuDevice#hotPlugPort ports} to plug others into if it has PCI.
     *
     * @param options what the machine shall be like; its image is not QEMU's concern
     * @return the command line
     * @throws IllegalArgumentException when QEMU has no such machine
     */
    public static QemuCommandLine of(MachineOptions options) {
        VirtioNetDevice net =
                QemuDevice.virtioNet().offering(options.offered()).withholding(options.withheld());
        if (options.queueSize().isPresent()) {
            // QEMU's devices offer no less, and powers of two only; how much of it is used is the
            // driver's choice. With the user network behind it, nothing else goes for transmission.
            int size = Math.max(options.queueSize().get(), VirtioNetDevice.MIN_QUEUE_SIZE);
            if (Integer.bitCount(size) != 1) {
                size = Integer.highestOneBit(size) << 1;
            }
            net = net.withQueueSizes(size, VirtioNetDevice.MIN_QUEUE_SIZE);
        }
        if (options.tftp().isPresent()) {
            net = net.withTftp(options.tftp().get());
        }
        if (options.bootFile().isPresent()) {
            net = net.withBootFile(options.bootFile().get());
        }
        MachineType type = MachineType.of(options.machineType(), options.transport());
        options.interrupts().ifPresent(type.bus()::check);
        List<QemuDevice> devices = new ArrayList<>();
        devices.add(net);
        options.share().map(QemuDevice::virtioFs).ifPresent(devices::add);
        if (type.bus() == DeviceBus.PCI) {
            devices.add(QemuDevice.hotPlugPort());
            devices.add(QemuDevice.hotPlugPort());
        }
        return new QemuCommandLine(
                options.qemuBinary().orElse(type.binary()),
                type,
                options.memoryBytes(),
                devices,
                options.qemuArguments());
    }

    /**
     * {@return the same with another binary}
     *
     * @param newBinary by name or by path
     */
    public QemuCommandLine withBinary(String newBinary) {
        return new QemuCommandLine(newBinary, machineType, memoryBytes, devices, arguments);
    }

    /**
     * {@return the same with another kind of machine, and with its QEMU unless another was chosen}
     *
     * @param type what kind
     */
    public QemuCommandLine withMachineType(MachineType type) {
        String newBinary = binary.equals(machineType.binary()) ? type.binary() : binary;
        return new QemuCommandLine(newBinary, type, memoryBytes, devices, arguments);
    }

    /**
     * {@return the same with another size of RAM}
     *
     * @param bytes the size, in bytes
     */
    public QemuCommandLine withMemory(long bytes) {
        return new QemuCommandLine(binary, machineType, bytes, devices, arguments);
    }

    /**
     * {@return the same with one more device}
     *
     * @param device the device
     */
    public QemuCommandLine withDevice(QemuDevice device) {
        List<QemuDevice> more = new ArrayList<>(devices);
        more.add(device);
        return new QemuCommandLine(binary, machineType, memoryBytes, more, arguments);
    }

    /**
     * {@return the same with more arguments}
     *
     * @param further what to append, word by word
     */
    public QemuCommandLine withArguments(String... further) {
        List<String> more = new ArrayList<>(arguments);
        more.addAll(List.of(further));
        return new QemuCommandLine(binary, machineType, memoryBytes, devices, more);
    }

    /** {@return the folders of the computer that somebody beside QEMU writes to} */
    public Set<Path> writtenPaths() {
        Set<Path> paths = new LinkedHashSet<>();
        devices.forEach(device -> paths.addAll(device.writtenPaths()));
        return paths;
    }

    /** {@return the files and folders of the computer that QEMU reads, beside the run folder} */
    public Set<Path> sharedPaths() {
        Set<Path> paths = new LinkedHashSet<>();
        devices.forEach(device -> paths.addAll(device.sharedPaths()));
        return paths;
    }

    /**
     * Writes it out, the binary first; before that, who else has to run beside QEMU.
     *
     * @param folder where the machine's files are
     * @return the words of the command line
     */
    public List<String> toList(RunFolder folder) {
        return toList(folder, List.of());
    }

    /**
     * Writes it out, as {@link #toList(RunFolder)}, with a command before QEMU that runs it.
     *
     * @param folder where the machine's files are
     * @param before the words of a command that becomes the one behind it, such as one that gives
     *     up rights which whoever runs beside QEMU needs
     * @return the words of the command line
     */
    public List<String> toList(RunFolder folder, List<String> before) {
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of(binary, "-nodefaults", "-display", "none"));
        // Later -machine options add to these and override them: a user's own machine still gets
        // the shared RAM.
        words.addAll(
                List.of(
                        "-machine",
                        machineType.word() + ",memory-backend=" + RAM_ID,
                        "-accel",
                        "tcg"));
        words.addAll(machineType.arguments());
        if (machineType.bus() == DeviceBus.MMIO) {
            // QEMU's own choice are the registers from before the standard.
            words.addAll(List.of("-global", "virtio-mmio.force-legacy=false"));
        }
        words.addAll(List.of("-m", (memoryBytes >> 20) + "M"));
        words.add("-object");
        words.add(
                "memory-backend-file,id=%s,size=%d,mem-path=%s,share=on"
                        .formatted(RAM_ID, memoryBytes, QemuOptions.escape(folder.file(RAM_FILE))));
        words.addAll(List.of("-bios", folder.file(FIRMWARE).toString()));
        words.addAll(List.of("-qtest", server(folder.file(QTEST_SOCKET))));
        words.addAll(List.of("-qtest-log", "/dev/null"));
        words.addAll(List.of("-qmp", server(folder.file(QMP_SOCKET))));
        for (int index = 0; index < devices.size(); index++) {
            words.addAll(devices.get(index).arguments(index, machineType.bus(), folder));
        }
        words.addAll(arguments);
        for (int index = 0; index < devices.size(); index++) {
            words = devices.get(index).launching(index, folder, words);
        }
        return words;
    }

    private static String server(Path socket) {
        return "unix:" + QemuOptions.escape(socket) + ",server=on,wait=off";
    }

    private static void checkArgument(String argument) {
        String option = argument.replaceFirst("^--?", "");
        if (argument.startsWith("-") && REFUSED.contains(option)) {
            throw new IllegalArgumentException(
                    option.equals("m")
                            ? "the size of the RAM is not set with -m but with the machine's own"
                                    + " setting, since the RAM file must match"
                            : "QEMU's -%s does not go with a machine that is driven from outside"
                                    .formatted(option));
        }
        if (argument.contains("memory-backend=") || argument.contains("id=" + RAM_ID + ",")) {
            throw new IllegalArgumentException(
                    "the machine's RAM is the shared file %s; '%s' would replace it"
                            .formatted(RAM_ID, argument));
        }
        if (argument.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("an argument contains a zero character");
        }
    }
}
