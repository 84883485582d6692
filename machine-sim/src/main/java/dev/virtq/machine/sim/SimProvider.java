package dev.virtq.machine.sim;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Transport;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Starts {@link SimMachine}s: what there always is, when nothing better can be had. */
public final class SimProvider implements MachineProvider {
    static final String NAME = "sim";

    /** Behind everything with a real device in it. */
    private static final int LAST = 1000;

    /** Addresses alone: what is mapped there takes memory. */
    private static final long WINDOW = 1L << 30;

    /** What is offered only when somebody asks for it, as with QEMU. */
    private static final FeatureSet UNASKED =
            FeatureSet.of(CommonFeature.RING_PACKED, CommonFeature.IN_ORDER);

    /** Makes the provider; it has no state. */
    public SimProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a simulated network device in this process";
    }

    @Override
    public int rank() {
        return LAST;
    }

    @Override
    public Optional<String> whatIsMissing() {
        return Optional.empty();
    }

    @Override
    public Machine start(MachineOptions options) {
        refuse("a machine type", options.machineType().isPresent());
        refuse("a choice of transport", options.transport().isPresent());
        refuse("a choice of interrupts", options.interrupts().isPresent());
        refuse("QEMU arguments", !options.qemuArguments().isEmpty());
        refuse("a QEMU binary", options.qemuBinary().isPresent());
        refuse("a container image", options.image().isPresent());
        SimMachineBuilder builder =
                SimMachine.builder()
                        .memory(options.memoryBytes())
                        .withholding(options.withheld().union(UNASKED.minus(options.offered())));
        options.queueSize().ifPresent(builder::queueSize);
        options.share().map(SimProvider::share).ifPresent(builder::device);
        SimMachine machine =
                builder.userNetwork(options.tftp().orElse(null), options.bootFile().orElse(null))
                        .start();
        try {
            checkOffered(machine, options.offered());
            return machine;
        } catch (RuntimeException e) {
            machine.close();
            throw e;
        }
    }

    private static SimFileSystem share(Path folder) {
        try {
            SimFileSystem share = SimDevice.fileSystem(folder);
            return SimFileSystem.hasWindows() ? share.withWindow(WINDOW) : share;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the folder %s cannot be shared: %s".formatted(folder, e.getMessage()), e);
        }
    }

    private static void checkOffered(SimMachine machine, FeatureSet wanted) {
        try (Transport transport = machine.transport(DeviceType.NETWORK)) {
            FeatureSet missing = wanted.minus(transport.readOfferedFeatures());
            if (!missing.isEmpty()) {
                throw new IllegalArgumentException(
                        "the device of the machine %s cannot offer %s"
                                .formatted(NAME, names(missing)));
            }
        }
    }

    private static String names(FeatureSet features) {
        return features.bits()
                .mapToObj(bit ->
                        Arrays.stream(CommonFeature.values())
                                .filter(feature -> feature.bit() == bit)
                                .findFirst()
                                .map(Enum::name)
                                .orElse("feature bit " + bit))
                .collect(Collectors.joining(", "));
    }

    private static void refuse(String what, boolean given) {
        if (given) {
            throw new IllegalArgumentException(
                    "the machine "
                            + NAME
                            + " has no use for "
                            + what
                            + "; choose another, or leave it out");
        }
    }
}
