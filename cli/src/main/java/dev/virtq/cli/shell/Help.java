package dev.virtq.cli.shell;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.Similar;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code help}: what there is to type. */
@Command(
        name = "help",
        description = "What the commands do: 'help', 'help queue', 'help net ping'.")
public final class Help implements Runnable {
    private final Console console;

    @Spec private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "A command, in one word or more.")
    private List<String> words = new ArrayList<>();

    /**
     * Makes the command.
     *
     * @param console where help goes
     */
    public Help(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        CommandLine command = Objects.requireNonNull(spec).commandLine().getParent();
        for (String word : words) {
            CommandLine next = command.getSubcommands().get(word);
            if (next == null) {
                List<String> similar = Similar.to(word, command.getSubcommands().keySet());
                throw new CommandException(
                        "there is no command '%s'%s"
                                .formatted(
                                        String.join(" ", words),
                                        similar.isEmpty()
                                                ? ""
                                                : " (did you mean: "
                                                        + String.join(", ", similar)
                                                        + "?)"));
            }
            command = next;
        }
        command.usage(
                console.out(),
                console.isColored() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF);
        console.out().flush();
    }
}
