package dev.virtq.cli.console;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where answers and errors go, and whether they may be coloured.
 *
 * <p>Text is written in UTF-8, whatever the locale says, and every line ends with a line feed.
 */
public final class Console {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean colored;

    /**
     * Makes a console of two streams.
     *
     * @param out where answers go
     * @param err where errors and remarks go
     * @param colored whether escape codes may be written
     */
    public Console(OutputStream out, OutputStream err, boolean colored) {
        this.out = new PrintWriter(out, false, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, false, StandardCharsets.UTF_8);
        this.colored = colored;
    }

    /** {@return the console of this process, coloured when a person looks at it} */
    public static Console ofProcess() {
        return new Console(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                isTerminal()
                        && System.getenv("NO_COLOR") == null
                        && !"dumb".equals(System.getenv("TERM")));
    }

    /** {@return whether both input and output of this process are a terminal} */
    @SuppressWarnings("SystemConsoleNull") // it is null where neither is one, with JDK 25
    public static boolean isTerminal() {
        java.io.Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** {@return where answers go} */
    public PrintWriter out() {
        return out;
    }

    /** {@return where errors and remarks go} */
    public PrintWriter err() {
        return err;
    }

    /** {@return whether escape codes may be written} */
    public boolean isColored() {
        return colored;
    }

    /**
     * {@return the text in a style, or as it is where there are no colours}
     *
     * @param style how it shall stand out
     * @param text without escape codes
     */
    public String styled(Style style, String text) {
        return colored ? style.wrap(text) : text;
    }

    /**
     * Writes a line of an answer.
     *
     * @param line the line
     */
    public void line(String line) {
        out.print(line);
        out.print('\n');
        out.flush();
    }

    /**
     * Writes a remark that is no part of an answer.
     *
     * @param remark one line
     */
    public void remark(String remark) {
        out.flush();
        err.print("virtq: " + remark + "\n");
        err.flush();
    }

    /**
     * Shows how far something has come, in a line that the next one replaces; on a terminal only.
     *
     * @param text what to show; empty takes the line away
     */
    public void progress(String text) {
        if (colored) {
            err.print("\r\u001b[K" + text);
            err.flush();
        }
    }
}
