package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the device behind a vhost-user socket. */
public final class VhostUserProvider implements MachineProvider {
    private static final String NAME = "vhost-user";
    private static final String SYNTAX = "SOCKET[,type=net|fs|blk|...]";
    private static final int NEVER_CHOSEN = Integer.MAX_VALUE;

    /** Makes the provider; it has no state. */
    public VhostUserProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a back end that listens on a vhost-user socket";
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
        refuse("QEMU arguments", !options.qemuArguments().isEmpty());
        refuse("a QEMU binary", options.qemuBinary().isPresent());
        refuse("a container image", options.image().isPresent());
        refuse("a TFTP folder", options.tftp().isPresent());
        refuse("a boot file", options.bootFile().isPresent());
        BackEndLocation location = BackEndLocation.parse(options.location().orElse(""));
        if (!Files.exists(location.socket())) {
            throw new IllegalArgumentException(
                    "there is no socket at %s (expected: one on which a back end listens)"
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

    /**
     * Where a back end is, and what it is.
     *
     * @param socket where it listens
     * @param type what kind of device it is
     */
    private record BackEndLocation(Path socket, DeviceType type) {
        private static final String TYPE = ",type=";

        static BackEndLocation parse(String words) {
            int comma = words.lastIndexOf(TYPE);
            if (words.isEmpty() || comma == 0) {
                throw new IllegalArgumentException(
                        "'%s' names no socket (expected: %s)".formatted(words, SYNTAX));
            }
            if (comma < 0) {
                return new BackEndLocation(Path.of(words), DeviceType.NETWORK);
            }
            String name = words.substring(comma + TYPE.length());
            return new BackEndLocation(
                    Path.of(words.substring(0, comma)),
                    DeviceType.named(name)
                            .orElseThrow(() ->
                                    new IllegalArgumentException(
                                            "there is no device type '%s' (expected: net, fs, blk, ...)"
                                                    .formatted(name))));
        }
    }
}
