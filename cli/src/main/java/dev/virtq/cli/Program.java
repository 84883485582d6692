package dev.virtq.cli;

import dev.virtq.cli.command.SessionCommands;
import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.MachineChoice;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.shell.CompletionCommand;
import dev.virtq.cli.shell.ErrorReport;
import dev.virtq.cli.shell.ExecCommand;
import dev.virtq.cli.shell.Help;
import dev.virtq.cli.shell.Interpreter;
import dev.virtq.cli.shell.RunCommand;
import dev.virtq.cli.shell.ShellCommand;
import java.io.InputStream;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

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
        session = new Session(console, arguments::start, arguments::driveOptions);
        errors =
                new ErrorReport(console, arguments::isVerbose, session::isOver, session::mayReturn);
        Interpreter interpreter = new Interpreter(session, errors);
        root = new CommandLine(arguments);
        root.addSubcommand(new ShellCommand(session, interpreter, input, interactive));
        root.addSubcommand(new RunCommand(session, interpreter));
        root.addSubcommand(new ExecCommand(session, interpreter));
        SessionCommands.addTo(root, session);
        root.addSubcommand(new Help(console));
        root.addSubcommand(new CompletionCommand(session, choice));
        Interpreter.configure(root, session, errors);
        root.getSubcommands().values().forEach(Program::showOwnOptions);
    }

    /** The options for the machine hold for all commands; the help of each shows its own. */
    private static void showOwnOptions(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.abbreviateSynopsis(true);
        usage.sectionMap()
                .put(
                        UsageMessageSpec.SECTION_KEY_OPTION_LIST,
                        help ->
                                help.optionListExcludingGroups(
                                        help.commandSpec().options().stream()
                                                .filter(option -> !option.inherited())
                                                .toList()));
        usage.footer(with(usage.footer(), "", "'virtq --help' shows the options for the machine."));
        command.getSubcommands().values().forEach(Program::showOwnOptions);
    }

    private static String[] with(String[] lines, String... more) {
        return Stream.of(lines, more).flatMap(Stream::of).toArray(String[]::new);
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
