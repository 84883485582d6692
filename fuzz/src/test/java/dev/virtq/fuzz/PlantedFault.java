package dev.virtq.fuzz;

import dev.virtq.device.ConfigProgram;
import dev.virtq.drivers.fs.NameProgram;
import dev.virtq.drivers.fs.ShareProgram;
import dev.virtq.drivers.fs.fuse.FuseConfigProgram;
import dev.virtq.drivers.fs.path.GlobProgram;
import dev.virtq.drivers.fs.path.PathProgram;
import dev.virtq.fuzz.ring.DeviceProgram;
import dev.virtq.fuzz.ring.DriverProgram;
import dev.virtq.fuzz.ring.PlantedDeviceRing;
import dev.virtq.fuzz.ring.PlantedDriverRing;
import dev.virtq.fuzz.ring.PlantedPicture;
import dev.virtq.fuzz.ring.SnapshotProgram;
import dev.virtq.machine.sim.fuse.ServerProgram;
import dev.virtq.packed.PackedFormat;
import dev.virtq.split.SplitFormat;
import dev.virtq.transport.mmio.MmioProgram;
import dev.virtq.transport.mmio.tree.TreeProgram;
import dev.virtq.transport.pci.PciProgram;
import java.util.function.Consumer;

/** Faults that the targets must find: a target that cannot fail proves nothing. */
@SuppressWarnings("ImmutableEnumChecker") // its programs have no state
enum PlantedFault {
    /** A driver end that believes each id below the queue size. */
    SPLIT_WITHOUT_ID_CHECK(
            FuzzTarget.SPLIT_USED_RING,
            input -> DriverProgram.split(input, PlantedDriverRing::withoutIdCheck)),
    /** A driver end that believes each length. */
    SPLIT_WITHOUT_LENGTH_CHECK(
            FuzzTarget.SPLIT_USED_RING,
            input -> DriverProgram.split(input, PlantedDriverRing::withoutLengthCheck)),
    /** The same in the packed ring, for ids. */
    PACKED_WITHOUT_ID_CHECK(
            FuzzTarget.PACKED_USED_DESCRIPTORS,
            input -> DriverProgram.packed(input, PlantedDriverRing::withoutIdCheck)),
    /** A driver end that forgets a notification that the device asked for by position. */
    PACKED_WITHOUT_EVENT_INDEX(
            FuzzTarget.PACKED_USED_DESCRIPTORS,
            input -> DriverProgram.packed(input, PlantedDriverRing::withoutEventIndex)),
    /** A device end that takes chains whatever is wrong with them. */
    SPLIT_DEVICE_WITHOUT_CHECKS(
            FuzzTarget.SPLIT_AVAILABLE_RING,
            input -> DeviceProgram.split(input, PlantedDeviceRing::withoutChecks)),
    /** A device end that does not stay where it was after a fault. */
    PACKED_DEVICE_THAT_GOES_ON(
            FuzzTarget.PACKED_AVAILABLE_DESCRIPTORS,
            input -> DeviceProgram.packed(input, PlantedDeviceRing::thatGoesOn)),
    /** A picture that throws where a chain loops. */
    SPLIT_PICTURE_THAT_THROWS(
            FuzzTarget.SPLIT_SNAPSHOT,
            input ->
                    SnapshotProgram.run(
                            input, PlantedPicture.thatThrows(new SplitFormat(), "loops"))),
    /** A picture that throws where a table is too long. */
    PACKED_PICTURE_THAT_THROWS(
            FuzzTarget.PACKED_SNAPSHOT,
            input ->
                    SnapshotProgram.run(
                            input,
                            PlantedPicture.thatThrows(new PackedFormat(), "more than the queue"))),
    /** A configuration that is read without looking at its generation. */
    CONFIG_WITHOUT_GENERATION(
            FuzzTarget.CONFIG_SPACE,
            input -> ConfigProgram.run(input, ConfigProgram::withoutGeneration)),
    /** A transport that believes the length of a structure, whatever its BAR has. */
    PCI_WITHOUT_BAR_LIMIT(FuzzTarget.PCI_TRANSPORT, PciProgram::transportWithoutBarLimit),
    /** A transport that says where before it says how much, on the way through configuration. */
    PCI_WITH_OFFSET_FIRST(FuzzTarget.PCI_TRANSPORT, PciProgram::transportWithOffsetFirst),
    /** A transport that sets a queue up which the device has already. */
    MMIO_WITHOUT_READY_CHECK(FuzzTarget.MMIO_TRANSPORT, MmioProgram::withoutReadyCheck),
    /** A reader of device trees that believes the size in the header. */
    DEVICE_TREE_WITHOUT_SIZE_CHECK(FuzzTarget.DEVICE_TREE, TreeProgram::withoutSizeCheck),
    /** A FUSE client that takes each answer for the one that it waits for. */
    FUSE_WITHOUT_UNIQUE_CHECK(FuzzTarget.FUSE_ANSWERS, ShareProgram::withoutUniqueCheck),
    /** A reader of configurations that takes a device without request queues. */
    FUSE_CONFIG_WITHOUT_QUEUE_CHECK(FuzzTarget.FUSE_CONFIG, FuseConfigProgram::withoutQueueCheck),
    /** A FUSE server that dies of a file where a directory should be. */
    FUSE_SERVER_DYING_OF_FILES(FuzzTarget.FUSE_REQUESTS, ServerProgram::dyingOfFiles),
    /** Names in which what is no UTF-8 is lost. */
    NAMES_WITH_REPLACEMENTS(FuzzTarget.SHARE_NAMES, NameProgram::withReplacements),
    /** Paths that are compared as texts. */
    PATHS_STARTING_BY_TEXT(FuzzTarget.SHARE_PATHS, PathProgram::startingByText),
    /** Globs whose stars go on into other folders. */
    GLOBS_WITH_GREEDY_STARS(FuzzTarget.SHARE_GLOBS, GlobProgram::withGreedyStars);

    private final FuzzTarget target;
    private final Consumer<byte[]> program;

    PlantedFault(FuzzTarget target, Consumer<byte[]> program) {
        this.target = target;
        this.program = program;
    }

    /** {@return the target that must find it} */
    FuzzTarget target() {
        return target;
    }

    void run(byte[] input) {
        program.accept(input);
    }
}
