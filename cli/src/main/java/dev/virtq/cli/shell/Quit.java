package dev.virtq.cli.shell;

import picocli.CommandLine.Command;

/** {@code quit}: leaves the shell, the script, or the list of commands. */
@Command(name = "quit", aliases = "exit", description = "Ends the machine, and leaves.")
final class Quit implements Runnable {
    private boolean wanted;

    /** {@return whether it was asked for} */
    boolean isWanted() {
        return wanted;
    }

    @Override
    public void run() {
        wanted = true;
    }
}
