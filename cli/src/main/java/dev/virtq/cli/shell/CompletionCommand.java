package dev.virtq.cli.shell;

import dev.virtq.cli.session.MachineChoice;
import dev.virtq.cli.session.Session;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code completion}: has bash complete virtq's words, by asking virtq for each. */
@Command(
        name = "completion",
        description = {
            "Prints what makes bash complete the words after virtq.",
            "",
            "No machine is started for it, so devices and queues are completed in the shell only."
        },
        footer = {"", "Example, for this terminal:", "  source <(./virtq completion)"})
public final class CompletionCommand implements Runnable {
    // Bash completes the end of a word, behind the last : or = in it, unless told otherwise.
    private static final String SCRIPT =
            """
            _virtq() {
                local line=${COMP_LINE:0:COMP_POINT} breaks= before IFS=$'\\n'
                COMPREPLY=($(VIRTQ_BUILD=never "$1" completion --line "$line" 2>/dev/null))
                case $COMP_WORDBREAKS in *:*) breaks=: ;; esac
                case $COMP_WORDBREAKS in *=*) breaks=$breaks= ;; esac
                if [ -n "$breaks" ]; then
                    before=${line##*[[:space:]]}
                    before=${before%"${before##*[$breaks]}"}
                    COMPREPLY=("${COMPREPLY[@]#"$before"}")
                fi
            }
            complete -o nospace -F _virtq virtq
            """;

    private final Session session;
    private final MachineCandidates machines;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--line",
            paramLabel = "WORDS",
            hidden = true,
            description = "What was typed so far: prints what its last word can become.")
    private @Nullable String line;

    /**
     * Makes the command.
     *
     * @param session where it answers
     * @param choice the machines that can be named
     */
    public CompletionCommand(Session session, MachineChoice choice) {
        this.session = session;
        machines = new MachineCandidates(choice.known());
    }

    @Override
    public void run() {
        String typed = line;
        if (typed == null) {
            SCRIPT.lines().forEach(session.console()::line);
            return;
        }
        // The first word is virtq itself; a blank at the end begins a new one.
        List<String> words = Arrays.asList(typed.stripLeading().split("\\s+", -1));
        List<String> before = words.subList(Math.min(1, words.size() - 1), words.size() - 1);
        String begun = words.getLast();
        new ShellCompleter(
                        Objects.requireNonNull(spec).commandLine().getParent(), session, machines)
                .candidates(before, begun).stream()
                        .filter(candidate -> candidate.value().startsWith(begun))
                        .forEach(candidate ->
                                session.console()
                                        .line(
                                                candidate.value()
                                                        + (candidate.complete() ? " " : "")));
    }
}
