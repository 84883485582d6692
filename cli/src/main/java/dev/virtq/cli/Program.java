package dev.virtq.cli;

import dev.virtq.cli.command.SessionCommands;
import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.MachineChoice;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.shell.ErrorReport;
import dev.virtq.cli.shell.ExecCommand;
import dev.virtq.cli.shell.Help;
import dev.virtq.cli.shell.Interpreter;
import dev.virtq.cli.shell.RunCommand;
import dev.virtq.cli.shell.ShellCommand;
import java.io.InputStream;
import picocli.CommandLine;

/** One run of virtq, from its arguments to its exit status. */
final class Program implements AutoCloseable {
    private final Session session;
    private final ErrorReport errors;
    private final CommandLine root;

    /**
     * Makes a run.
     *
     * @param console where answers and errors go
     * @param choice which machines there are
     * @param input where the shell reads when nobody types
     * @param interactive whether somebody sits at a terminal
     */
    Program(Console console, MachineChoice choice, InputStream input, boolean interactive) {
        MachineArguments arguments = new MachineArguments(console, choice);
        session = new Session(console, arguments::start, arguments::queueOptions);
        errors = new ErrorReport(console, arguments::isVerbose, session::isOver);
        Interpreter interpreter = new Interpreter(session, errors);
        root = new CommandLine(arguments);
        root.addSubcommand(new ShellCommand(session, interpreter, input, interactive));
        root.addSubcommand(new RunCommand(session, interpreter));
        root.addSubcommand(new ExecCommand(session, interpreter));
        SessionCommands.addTo(root, session);
        root.addSubcommand(new Help(console));
        Interpreter.configure(root, session, errors);
    }

    /**
     * Carries out what the arguments say, and ends the machine.
     *
     * @param arguments of the command line
     * @return the exit status
     */
    int run(String... arguments) {
        int status = root.execute(arguments);
        try {
            session.close();
        } catch (RuntimeException e) {
            status = Math.max(status, errors.report(e));
        }
        return status;
    }

    /** Ends the machine at once, whatever a command does with it. From any thread. */
    @Override
    public void close() {
        session.shutDown();
    }
}
