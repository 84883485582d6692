package dev.virtq.cli.shell;

import dev.virtq.cli.command.SessionCommands;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import java.util.List;
import picocli.CommandLine;

/** Carries out one line after another, on one session. A line that fails does not end it. */
public final class Interpreter {
    private final Session session;
    private final ErrorReport errors;
    private final Quit quit = new Quit();
    private final CommandLine root;
    private int status;

    /**
     * Makes an interpreter.
     *
     * @param session what the commands work on
     * @param errors where what goes wrong is said
     */
    public Interpreter(Session session, ErrorReport errors) {
        this.session = session;
        this.errors = errors;
        root = new CommandLine(new SessionRoot());
        SessionCommands.addTo(root, session);
        root.addSubcommand(new Help(session.console()));
        root.addSubcommand(quit);
        root.getSubcommands().values().forEach(Interpreter::nameWithoutProgram);
        configure(root, session, errors);
    }

    /** The root has no name, and leaves a blank before those of its commands. */
    private static void nameWithoutProgram(CommandLine command) {
        command.getCommandSpec().usageMessage().synopsisHeading("Usage:");
        command.getSubcommands().values().forEach(Interpreter::nameWithoutProgram);
    }

    /**
     * Makes a tree of commands behave as all of virtq's do.
     *
     * @param root of the tree, with all its commands
     * @param session whose console they write to
     * @param errors where what goes wrong is said
     */
    public static void configure(CommandLine root, Session session, ErrorReport errors) {
        root.setExpandAtFiles(false)
                .setOut(session.console().out())
                .setErr(session.console().err())
                .setUsageHelpAutoWidth(true)
                .setColorScheme(
                        CommandLine.Help.defaultColorScheme(
                                session.console().isColored()
                                        ? CommandLine.Help.Ansi.ON
                                        : CommandLine.Help.Ansi.OFF));
        errors.watch(root);
    }

    /**
     * Carries out a line.
     *
     * @param line as typed
     * @return the exit status of its command; 0 for an empty line
     */
    public int run(String line) {
        int result;
        try {
            List<String> words = CommandWords.of(line);
            result = words.isEmpty() ? 0 : root.execute(words.toArray(String[]::new));
        } catch (CommandException e) {
            result = errors.report(e);
        }
        session.console().out().flush();
        status = Math.max(status, result);
        return result;
    }

    /**
     * Names the place of the next lines, for errors.
     *
     * @param place as in {@code drive.virtq:3}
     */
    void at(String place) {
        errors.at(place);
    }

    /** {@return the worst exit status of all lines so far} */
    int status() {
        return status;
    }

    /** {@return whether somebody wanted to leave} */
    boolean isOver() {
        return quit.isWanted() || session.isOver();
    }

    /** {@return the tree of commands} */
    CommandLine root() {
        return root;
    }
}
