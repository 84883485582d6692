package dev.virtq.machine.host;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Takes a function of this computer: {@code host:0000:00:03.0}. */
public final class HostProvider implements MachineProvider {
    private static final int NEVER_CHOSEN = Integer.MAX_VALUE;

    /** For {@link java.util.ServiceLoader}. */
    public HostProvider() {}

    @Override
    public String name() {
        return HostMachine.KIND;
    }

    @Override
    public String description() {
        return "a virtio function on this computer's own PCI bus";
    }

    @Override
    public int rank() {
        return NEVER_CHOSEN;
    }

    @Override
    public Optional<String> locationSyntax() {
        return Optional.of(HostAddress.SYNTAX);
    }

    /** {@return the virtio functions, those that a driver has among them} */
    @Override
    public Optional<List<String>> locations() {
        try {
            return Optional.of(
                    new SysfsBus(Linux.HERE)
                            .virtioFunctions().stream().map(SysfsFunction::name).toList());
        } catch (IOException e) {
            return Optional.of(List.of()); // nothing to choose from: to start says why
        }
    }

    @Override
    public Optional<String> whatIsMissing() {
        String system = System.getProperty("os.name");
        return system.equals("Linux")
                ? Optional.empty()
                : Optional.of("Linux, whose sysfs shows the functions; this is " + system);
    }

    @Override
    public Machine start(MachineOptions options) {
        refuse("a machine type", options.machineType().isPresent());
        refuse("a choice of transport", options.transport().isPresent());
        refuse("a shared folder", options.share().isPresent());
        refuse("a choice of interrupts", options.interrupts().isPresent());
        refuse("QEMU arguments", !options.qemuArguments().isEmpty());
        refuse("a QEMU binary", options.qemuBinary().isPresent());
        refuse("a container image", options.image().isPresent());
        refuse("a TFTP folder", options.tftp().isPresent());
        refuse("a boot file", options.bootFile().isPresent());
        return HostMachine.of(options.location().orElse(""), options.memoryBytes());
    }

    private static void refuse(String what, boolean given) {
        if (given) {
            throw new IllegalArgumentException(
                    "the machine %s has no use for %s, since its device is there already"
                            .formatted(HostMachine.KIND, what));
        }
    }
}
