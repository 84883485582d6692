package dev.virtq.transport.vhostuser;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.nio.file.Files;
import java.util.Optional;

/** Finds the device behind a vhost-user socket. */
public final class VhostUserProvider implements MachineProvider {
    private static final String NAME = "vhost-user";
    private static final String SYNTAX = "SOCKET[,type=net|fs|blk|...][,listen]";
    private static final int NEVER_CHOSEN = Integer.MAX_VALUE;

    /** Makes the provider; it has no state. */
    public VhostUserProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a back end at the other end of a vhost-user socket";
    }

    @Override
    public int rank() {
        return NEVER_CHOSEN;
    }

    @Override
    public Optional<String> locationSyntax() {
        return Optional.of(SYNTAX);
    }

    @Override
    public Optional<String> whatIsMissing() {
        return Optional.empty();
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
        BackEndLocation location = BackEndLocation.parse(options.location().orElse(""), SYNTAX);
        if (location.listen()) {
            return VhostUserMachine.listen(
                    location.socket(), location.type(), options.memoryBytes());
        }
        if (!Files.exists(location.socket())) {
            throw new IllegalArgumentException(
                    "there is no socket at %s (expected: one on which a back end listens; ',listen' behind it waits for one that connects)"
                            .formatted(location.socket()));
        }
        if (Files.isRegularFile(location.socket()) || Files.isDirectory(location.socket())) {
            throw new IllegalArgumentException(
                    "what is at %s is no socket (expected: one on which a back end listens)"
                            .formatted(location.socket()));
        }
        return VhostUserMachine.of(location.socket(), location.type(), options.memoryBytes());
    }

    private static void refuse(String what, boolean given) {
        if (given) {
            throw new IllegalArgumentException(
                    "the machine %s has no use for %s, since its back end runs already"
                            .formatted(NAME, what));
        }
    }
}
