package dev.virtq.machine;

import java.util.List;
import java.util.Optional;

/**
 * A way to start a machine. Found by {@link java.util.ServiceLoader}: a program has those whose
 * modules it picks.
 */
public interface MachineProvider {
    /** {@return its name, as a user types it: {@code qemu}, {@code qemu-local}, {@code sim}} */
    String name();

    /** {@return what it starts, in a few words} */
    String description();

    /**
     * {@return its place when nobody chooses: the available one with the smallest number is taken}
     */
    int rank();

    /**
     * {@return how to say where the machine is, when it is not started but found: what stands
     * behind the colon in {@code vhost-user:SOCKET}; empty when there is nothing to say}
     */
    default Optional<String> locationSyntax() {
        return Optional.empty();
    }

    /**
     * {@return what can stand behind the colon on this computer now, for whoever completes words;
     * empty when it cannot be listed and is the path of a file}
     */
    default Optional<List<String>> locations() {
        return Optional.empty();
    }

    /**
     * Looks whether it can start a machine here. Takes a second at most.
     *
     * @return what is missing, and how to get it; empty when nothing is
     */
    Optional<String> whatIsMissing();

    /**
     * Starts a machine.
     *
     * @param options what it shall be like
     * @return the machine
     * @throws IllegalArgumentException when it cannot be like that
     * @throws dev.virtq.device.VirtioException when it does not start
     */
    Machine start(MachineOptions options);
}
