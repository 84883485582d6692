package dev.virtq.machine.container;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Shows what takes long in one line: on a terminal a line that changes and goes away in the end,
 * elsewhere the first one only.
 */
final class ProgressLine implements Consumer<String>, AutoCloseable {
    private static final int COLUMNS = 79;

    private final PrintStream out;
    private final boolean terminal;
    private boolean started;

    static ProgressLine onStandardError() {
        return new ProgressLine(System.err, isTerminal());
    }

    ProgressLine(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Whether the standard error is a terminal, whatever the other streams are. */
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException unknown) {
            return false;
        }
    }

    @Override
    public synchronized void accept(String line) {
        String text = "virtq: " + line;
        if (terminal) {
            // What an engine passes on may hold control characters.
            String shown = text.replaceAll("\\p{Cntrl}", " ");
            out.print("\r" + shown.substring(0, Math.min(COLUMNS, shown.length())) + "\033[K");
            out.flush();
        } else if (!started) {
            out.println(text);
        }
        started = true;
    }

    /** Takes the line away; what it was written to stays open. */
    @Override
    public synchronized void close() {
        if (terminal && started) {
            out.print("\r\033[K");
            out.flush();
        }
    }
}
