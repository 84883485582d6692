package dev.virtq.cli.shell;

import dev.virtq.cli.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code virtq exec}: some commands on one machine. */
@Command(
        name = "exec",
        description = {
            "Carries out commands on one machine, each given as one argument.",
            "It goes on when one fails, and the exit status is then not 0."
        },
        footer = {
            "",
            "Examples:",
            "  virtq exec 'net ping 10.0.2.2 -c 5'",
            "  virtq exec --machine sim 'net dhcp' 'queue 1' --json"
        })
public final class ExecCommand implements Callable<Integer> {
    private final Session session;
    private final Interpreter interpreter;

    @Parameters(
            arity = "1..*",
            paramLabel = "'COMMAND'",
            description = "A command, as in the shell.")
    private List<String> commands = new ArrayList<>();

    @Option(names = "--json", description = "Answer with one JSON document for each command.")
    private boolean json;

    /**
     * Makes the command.
     *
     * @param session the machine
     * @param interpreter carries out its commands
     */
    public ExecCommand(Session session, Interpreter interpreter) {
        this.session = session;
        this.interpreter = interpreter;
    }

    @Override
    public Integer call() {
        session.answerInJson(json);
        for (String command : commands) {
            interpreter.run(command);
            if (interpreter.isOver()) {
                break;
            }
        }
        return interpreter.status();
    }
}
