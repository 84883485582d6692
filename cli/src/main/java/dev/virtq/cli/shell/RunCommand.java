package dev.virtq.cli.shell;

import dev.virtq.cli.session.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code virtq run}: a script. */
@Command(
        name = "run",
        description = {
            "Carries out the commands of a file, one in each line; # starts a comment.",
            "It stops at the first that fails, unless --keep-going is given."
        })
public final class RunCommand implements Callable<Integer> {
    private final Session session;
    private final Interpreter interpreter;

    @Parameters(paramLabel = "FILE", description = "The script.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Answer with one JSON document for each command.")
    private boolean json;

    @Option(
            names = {"-k", "--keep-going"},
            description = "Go on when a command fails.")
    private boolean keepGoing;

    /**
     * Makes the command.
     *
     * @param session the machine
     * @param interpreter carries out the lines
     */
    public RunCommand(Session session, Interpreter interpreter) {
        this.session = session;
        this.interpreter = interpreter;
    }

    @Override
    public Integer call() throws IOException {
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        session.answerInJson(json);
        int number = 0;
        for (String line : lines) {
            interpreter.at(file + ":" + ++number);
            int status = interpreter.run(line);
            if (interpreter.isOver() || (status != 0 && !keepGoing)) {
                break;
            }
        }
        return interpreter.status();
    }
}
