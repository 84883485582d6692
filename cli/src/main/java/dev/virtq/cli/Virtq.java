package dev.virtq.cli;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.MachineChoice;

/** The program {@code virtq}. */
public final class Virtq {
    private Virtq() {}

    /**
     * Runs virtq, and ends the process with its exit status.
     *
     * @param arguments of the command line
     */
    public static void main(String[] arguments) {
        Logs.keepQuiet();
        Program program =
                new Program(
                        Console.ofProcess(),
                        MachineChoice.ofInstalled(),
                        System.in,
                        Console.isTerminal());
        // Whatever ends the process, the machine ends with it.
        Runtime.getRuntime().addShutdownHook(new Thread(program::close, "virtq-shutdown"));
        System.exit(program.run(arguments));
    }
}
