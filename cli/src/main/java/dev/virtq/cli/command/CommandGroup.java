package dev.virtq.cli.command;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that is only the beginning of others. */
abstract class CommandGroup implements Runnable {
    private final List<Object> members;

    @Spec private @org.jspecify.annotations.Nullable CommandSpec spec;

    CommandGroup(Object... members) {
        this.members = List.of(members);
    }

    /** {@return the commands that begin with this one} */
    final List<Object> members() {
        return members;
    }

    @Override
    public final void run() {
        CommandSpec here = java.util.Objects.requireNonNull(spec);
        throw new ParameterException(
                here.commandLine(),
                "'%s' needs to know what (expected: %s)"
                        .formatted(
                                here.qualifiedName().strip(),
                                String.join(", ", here.subcommands().keySet())));
    }
}
