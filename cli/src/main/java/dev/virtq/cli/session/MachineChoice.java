package dev.virtq.cli.session;

import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.Similar;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/** Which machine to start: the one that was asked for, else the best that can be started here. */
public final class MachineChoice {
    /** The machines that virtq knows of, and the module that brings each. */
    private static final Map<String, String> MODULES =
            Map.of(
                    "host", "virtq-machine-host",
                    "qemu", "virtq-machine-container",
                    "qemu-local", "virtq-machine-qemu",
                    "sim", "virtq-machine-sim",
                    "vhost-user", "virtq-transport-vhost-user");

    private final List<MachineProvider> providers;

    /**
     * A machine that runs, and why it is this one.
     *
     * @param machine the machine
     * @param reason one line, as in {@code asked for with --machine}
     */
    public record Started(Machine machine, String reason) {}

    /**
     * Chooses among the given ways to start a machine.
     *
     * @param providers in any order
     */
    public MachineChoice(List<MachineProvider> providers) {
        this.providers =
                providers.stream()
                        .sorted(
                                Comparator.comparingInt(MachineProvider::rank)
                                        .thenComparing(MachineProvider::name))
                        .toList();
    }

    /** {@return a choice among those whose modules are in this program} */
    public static MachineChoice ofInstalled() {
        return new MachineChoice(
                ServiceLoader.load(MachineProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList());
    }

    /** {@return the names that can be asked for, the best first} */
    public List<String> names() {
        return providers.stream().map(MachineProvider::name).toList();
    }

    /**
     * A machine that can be asked for.
     *
     * @param name how
     * @param description what it is, in a few words
     * @param isLocated whether it must be said where it is, behind a colon
     * @param locations looks where it may be; empty for any path of a file
     */
    public record Known(
            String name,
            String description,
            boolean isLocated,
            Supplier<Optional<List<String>>> locations) {}

    /** {@return what can be asked for, the best first} */
    public List<Known> known() {
        return providers.stream()
                .map(provider ->
                        new Known(
                                provider.name(),
                                provider.description(),
                                provider.locationSyntax().isPresent(),
                                provider::locations))
                .toList();
    }

    /**
     * Starts a machine.
     *
     * @param name which; empty chooses the best that can be started here
     * @param options what it shall be like
     * @return the machine
     * @throws CommandException when there is no such machine, or something is missing for it
     */
    public Started start(Optional<String> name, MachineOptions options) {
        return name.isPresent() ? startNamed(name.get(), options) : startBest(options);
    }

    /** The name, and for some a colon and where the machine is. */
    private Started startNamed(String words, MachineOptions wanted) {
        int colon = words.indexOf(':');
        String name = colon < 0 ? words : words.substring(0, colon);
        MachineProvider provider =
                providers.stream()
                        .filter(candidate -> candidate.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> unknown(name));
        MachineOptions options =
                colon < 0 ? wanted : wanted.withLocation(words.substring(colon + 1));
        checkLocation(provider, options.location());
        Optional<String> missing = provider.whatIsMissing();
        if (missing.isPresent()) {
            throw new CommandException(
                    "--machine %s (%s) cannot start here: %s"
                            .formatted(name, provider.description(), missing.get()));
        }
        return new Started(provider.start(options), "asked for with --machine");
    }

    private static void checkLocation(MachineProvider provider, Optional<String> location) {
        Optional<String> syntax = provider.locationSyntax();
        if (syntax.isPresent() && location.filter(it -> !it.isEmpty()).isEmpty()) {
            throw new CommandException(
                    "--machine %s does not say where it is (expected: %s:%s)"
                            .formatted(provider.name(), provider.name(), syntax.get()));
        }
        if (syntax.isEmpty() && location.isPresent()) {
            throw new CommandException(
                    "--machine %s:%s: nothing belongs behind the colon (expected: %s)"
                            .formatted(provider.name(), location.get(), provider.name()));
        }
    }

    private Started startBest(MachineOptions options) {
        List<String> passedOver = new ArrayList<>();
        for (MachineProvider provider : startable()) {
            Optional<String> missing = provider.whatIsMissing();
            if (missing.isEmpty()) {
                String reason =
                        passedOver.isEmpty()
                                ? "the best choice of --machine "
                                        + String.join(
                                                "|",
                                                startable().stream()
                                                        .map(MachineProvider::name)
                                                        .toList())
                                : "since " + String.join("; ", passedOver);
                return new Started(provider.start(options), provider.description() + ", " + reason);
            }
            passedOver.add("%s is missing something: %s".formatted(provider.name(), missing.get()));
        }
        throw new CommandException(
                passedOver.isEmpty()
                        ? "there is no machine in this program; add one of the modules "
                                + String.join(", ", MODULES.values().stream().sorted().toList())
                        : "no machine can start here: " + String.join("; ", passedOver));
    }

    /** {@return those that start a machine, and do not have to be told where one is} */
    private List<MachineProvider> startable() {
        return providers.stream().filter(provider -> provider.locationSyntax().isEmpty()).toList();
    }

    private CommandException unknown(String name) {
        String expected = String.join(", ", names());
        String module = MODULES.get(name);
        List<String> similar = Similar.to(name, names());
        String hint =
                similar.isEmpty()
                        ? ""
                        : "; did you mean: %s?".formatted(String.join(", ", similar));
        return new CommandException(
                module == null
                        ? "there is no machine '%s' (expected: %s%s)"
                                .formatted(name, expected, hint)
                        : "--machine %s needs the module %s, which is not in this program (there is: %s)"
                                .formatted(name, module, expected));
    }
}
