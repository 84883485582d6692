package dev.virtq.cli.shell;

import dev.virtq.cli.session.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code virtq shell}: commands as they come, from a person or from a pipe. */
@Command(
        name = "shell",
        description = {
            "Reads commands: with completion and history on a terminal, plainly from a pipe.",
            "Ctrl-C ends a command and not the shell; Ctrl-D or 'quit' ends the shell."
        })
public final class ShellCommand implements Callable<Integer> {
    private final Session session;
    private final Interpreter interpreter;
    private final InputStream input;
    private final boolean interactive;

    /**
     * Makes the command.
     *
     * @param session the machine
     * @param interpreter carries out the lines
     * @param input where lines come from when nobody types them
     * @param interactive whether somebody sits at a terminal
     */
    public ShellCommand(
            Session session, Interpreter interpreter, InputStream input, boolean interactive) {
        this.session = session;
        this.interpreter = interpreter;
        this.input = input;
        this.interactive = interactive;
    }

    @Override
    public Integer call() throws IOException {
        if (interactive) {
            session.machine(); // what is missing for it shows before the first prompt
            TerminalShell.run(session, interpreter);
            return 0;
        }
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            interpreter.run(line);
            if (interpreter.isOver()) {
                break;
            }
        }
        return interpreter.status();
    }
}
