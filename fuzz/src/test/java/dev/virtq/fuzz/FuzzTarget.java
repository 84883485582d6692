package dev.virtq.fuzz;

import dev.virtq.device.ConfigProgram;
import dev.virtq.drivers.fs.NameProgram;
import dev.virtq.drivers.fs.ShareProgram;
import dev.virtq.drivers.fs.fuse.FuseConfigProgram;
import dev.virtq.drivers.fs.path.GlobProgram;
import dev.virtq.drivers.fs.path.PathProgram;
import dev.virtq.drivers.net.NetProgram;
import dev.virtq.fuzz.ring.DeviceProgram;
import dev.virtq.fuzz.ring.DriverProgram;
import dev.virtq.fuzz.ring.SnapshotProgram;
import dev.virtq.machine.sim.fuse.ServerProgram;
import dev.virtq.packed.PackedFormat;
import dev.virtq.split.SplitFormat;
import dev.virtq.transport.mmio.MmioProgram;
import dev.virtq.transport.mmio.tree.TreeProgram;
import dev.virtq.transport.pci.BarProgram;
import dev.virtq.transport.pci.PciProgram;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** What is fuzzed: who reads what somebody else wrote. */
@SuppressWarnings("ImmutableEnumChecker") // its programs have no state
public enum FuzzTarget {
    /** The driver end of the split ring: used entries, the used index, avail_event. */
    SPLIT_USED_RING(
            input -> DriverProgram.split(input, UnaryOperator.identity()),
            "fault 2.7.8",
            "fault 2.7.8, index",
            "fault 2.7.8.2#2",
            "fault 2.7.9",
            "chain of a hostile device",
            "honest chain",
            "batch",
            "indirect table",
            "full",
            "kick wanted",
            "kick not wanted"),
    /** The driver end of the packed ring: used descriptors, the device's event suppression. */
    PACKED_USED_DESCRIPTORS(
            input -> DriverProgram.packed(input, UnaryOperator.identity()),
            "fault 2.8.13",
            "fault 2.8.4",
            "chain of a hostile device",
            "honest chain",
            "batch",
            "indirect table",
            "full",
            "kick wanted",
            "kick not wanted"),
    /** The device end of the split ring: the available ring, descriptors, tables, used_event. */
    SPLIT_AVAILABLE_RING(
            input -> DeviceProgram.split(input, UnaryOperator.identity()),
            "chain",
            "mixed chain",
            "fault 2.7.4.2#1",
            "fault 2.7.5, 2.8.4",
            "fault 2.7.5.3",
            "fault 2.7.5.3.1#1",
            "fault 2.7.5.3.1#2",
            "fault 2.7.5.3.1#3, 2.7.5.2#1",
            "fault 2.7.5.3.1#4",
            "fault 2.7.6",
            "fault 2.7.13",
            "interrupt wanted",
            "interrupt not wanted"),
    /** The device end of the packed ring: available descriptors, tables, event suppression. */
    PACKED_AVAILABLE_DESCRIPTORS(
            input -> DeviceProgram.packed(input, UnaryOperator.identity()),
            "chain",
            "mixed chain",
            "fault 2.7.5, 2.8.4",
            "fault 2.8.13",
            "fault 2.8.17#2",
            "fault 2.8.17#3",
            "fault 2.8.17#5",
            "fault 2.8.17#6",
            "fault 2.8.19#1",
            "fault 2.8.19#3, 2.8.17#2",
            "fault 2.8.19#4",
            "fault 2.8.7",
            "interrupt wanted",
            "interrupt not wanted"),
    /** Pictures of split rings, from memory and addresses alone. */
    SPLIT_SNAPSHOT(
            input -> SnapshotProgram.run(input, new SplitFormat()),
            "chain",
            "chains",
            "indirect table",
            "refused",
            "anomaly outside memory",
            "anomaly 2.7.4.2#1",
            "anomaly 2.7.5",
            "anomaly 2.7.5.2#1",
            "anomaly 2.7.5.3",
            "anomaly 2.7.5.3.1#2",
            "anomaly 2.7.5.3.1#4",
            "anomaly 2.7.6",
            "anomaly 2.7.13"),
    /** Pictures of packed rings, from memory and addresses alone. */
    PACKED_SNAPSHOT(
            input -> SnapshotProgram.run(input, new PackedFormat()),
            "chain",
            "chains",
            "indirect table",
            "refused",
            "anomaly outside memory",
            "anomaly 2.8.1",
            "anomaly 2.8.7",
            "anomaly 2.8.13",
            "anomaly 2.8.17#3",
            "anomaly 2.8.17#6",
            "anomaly 2.8.19#2",
            "anomaly 2.8.19#3",
            "anomaly 2.8.19#4"),
    /** The device-specific configuration space, read consistently. */
    CONFIG_SPACE(
            input -> ConfigProgram.run(input, UnaryOperator.identity()),
            "held still",
            "changed meanwhile",
            "refused",
            "fault 2.5"),
    /** What a network device says of itself. */
    NET_CONFIG(
            NetProgram::config,
            "mac",
            "mtu",
            "link up",
            "link down",
            "fault 2.5",
            "fault 5.1.4",
            "fault 5.1.4.1#2"),
    /** What precedes a received frame. */
    NET_HEADER(
            NetProgram::header,
            "plain",
            "fault 5.1.9.4.1",
            "fault 5.1.9.4.1#1",
            "fault 5.1.9.4.1#5",
            "fault 5.1.9.4.1#6",
            "fault 5.1.9.4.1#7",
            "fault 5.1.9.4.1#8",
            "fault 5.1.9.4.1#9",
            "fault 5.1.9.4.1#10"),
    /** The capability list of a PCI function, and descriptions of functions. */
    PCI_CAPABILITIES(
            PciProgram::capabilities,
            "VirtioStructure",
            "Msix",
            "VendorData",
            "Other",
            "Malformed",
            "fault 4.1.1#1"),
    /** A virtio device on a PCI bus: structures, MSI-X, common configuration, queues. */
    PCI_TRANSPORT(
            PciProgram::transport,
            "not a modern device",
            "open",
            "queue",
            "queue reset",
            "device configuration",
            "shared memory",
            "through configuration space",
            "fault 2.7",
            "fault 4.1.4.2#1",
            "fault 4.1.4.3",
            "fault 4.1.4.3.1#15",
            "fault 4.1.4.4.1#5",
            "fault 4.1.4.4.1#9",
            "fault 4.1.4.7.1#1",
            "fault 4.1.5.1.2.1#6",
            "fault 4.1.5.1.3"),
    /** Base address registers. */
    PCI_BARS(BarProgram::run, "IO", "MEMORY_32", "MEMORY_64", "fault 4.1.1#1", "refused"),
    /** A virtio device over MMIO: its registers, queues, configuration, shared memory. */
    MMIO_TRANSPORT(
            MmioProgram::run,
            "not a modern device",
            "open",
            "queue",
            "queue reset",
            "queue reset is not confirmed",
            "interrupt",
            "device configuration",
            "shared memory",
            "lost",
            "fault 2.7",
            "fault 2.8.10.1",
            "fault 4.2.2",
            "fault 4.2.3.2"),
    /** A flattened device tree. */
    DEVICE_TREE(TreeProgram::run, "virtio nodes", "no virtio node", "refused", "read all the same"),
    /** Answers to FUSE requests, and what becomes of files whose server gives them. */
    FUSE_ANSWERS(
            ShareProgram::run,
            "mounted",
            "not mounted",
            "value",
            "error",
            "nonsense",
            "no answer",
            "files",
            "listed"),
    /** What a file system device says of itself. */
    FUSE_CONFIG(
            FuseConfigProgram::run,
            "nothing is told",
            "notifies",
            "told",
            "tag without an end",
            "fault 5.11.4",
            "fault 5.11.4.2#1"),
    /** Requests to the FUSE server of the simulated device. */
    FUSE_REQUESTS(ServerProgram::run, "done", "error", "heard", "not heard", "fault"),
    /** Names of files, as bytes and as text. */
    SHARE_NAMES(NameProgram::run, "name of UTF-8", "name of other bytes", "path", "no path"),
    /** Paths of a share, held against those of the default file system. */
    SHARE_PATHS(
            PathProgram::run,
            "way",
            "no way",
            "absolute",
            "relative",
            "begins with the other",
            "begins otherwise"),
    /** Globs, held against those of the default file system. */
    SHARE_GLOBS(GlobProgram::run, "match", "no match", "no glob");

    private final Consumer<byte[]> program;
    private final List<String> landmarks;

    FuzzTarget(Consumer<byte[]> program, String... landmarks) {
        this.program = program;
        this.landmarks = List.of(landmarks);
    }

    /** Runs the program that the bytes are. What must hold and does not is an AssertionError. */
    void run(byte[] input) {
        program.accept(input);
    }

    /** {@return the places that it has to come to, to be worth anything} */
    List<String> landmarks() {
        return landmarks;
    }

    /** {@return its name, for people} */
    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** {@return the name of the folder with its inputs} */
    String folder() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
