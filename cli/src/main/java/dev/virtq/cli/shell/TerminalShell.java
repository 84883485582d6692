package dev.virtq.cli.shell;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The shell on a terminal: completion, history, colours, and Ctrl-C for the command that runs. */
final class TerminalShell {
    private final Session session;
    private final Interpreter interpreter;
    private final Terminal terminal;
    private final Optional<Path> history;

    /** Makes a shell on a terminal, which it does not close. */
    TerminalShell(
            Session session, Interpreter interpreter, Terminal terminal, Optional<Path> history) {
        this.session = session;
        this.interpreter = interpreter;
        this.terminal = terminal;
        this.history = history;
    }

    /** Makes the terminal of this process ready, and runs a shell on it. */
    static void run(Session session, Interpreter interpreter) throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            new TerminalShell(session, interpreter, terminal, historyFile()).run();
        }
    }

    void run() {
        LineReader reader = reader();
        Console console = session.console();
        console.line(
                "%s. %s"
                        .formatted(
                                session.machine().description(),
                                console.styled(
                                        Style.FAINT,
                                        "Tab completes, 'help' lists the commands, 'quit' leaves.")));
        while (!interpreter.isOver()) {
            try {
                carryOut(reader.readLine(prompt()));
            } catch (UserInterruptException dropped) {
                // Ctrl-C at the prompt drops what was typed, and that is all.
            } catch (EndOfFileException end) {
                return;
            }
        }
    }

    private LineReader reader() {
        LineReaderBuilder builder =
                LineReaderBuilder.builder()
                        .terminal(terminal)
                        .appName("virtq")
                        .parser(new DefaultParser())
                        .completer(new ShellCompleter(interpreter.root(), session))
                        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                        .option(LineReader.Option.HISTORY_IGNORE_DUPS, true)
                        .option(LineReader.Option.AUTO_FRESH_LINE, true);
        if (session.console().isColored()) {
            builder.highlighter(new ShellHighlighter(interpreter.root()));
        }
        history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        return builder.build();
    }

    /** Ctrl-C interrupts this thread while a command runs in it. */
    private void carryOut(String line) {
        Thread here = Thread.currentThread();
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> here.interrupt());
        try {
            interpreter.run(line);
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
            Thread.interrupted(); // one that came too late for the command is nobody's
        }
    }

    private String prompt() {
        try {
            return "virtq %s> ".formatted(session.device().name());
        } catch (CommandException noDevice) {
            return "virtq> ";
        }
    }

    /** Where nothing can be written, there is no history across shells. */
    private static Optional<Path> historyFile() {
        String state = System.getenv("XDG_STATE_HOME");
        Path folder =
                (state == null || state.isEmpty()
                                ? Path.of(System.getProperty("user.home", "."), ".local", "state")
                                : Path.of(state))
                        .resolve("virtq");
        try {
            return Optional.of(Files.createDirectories(folder).resolve("history"));
        } catch (IOException notWritable) {
            return Optional.empty();
        }
    }
}
