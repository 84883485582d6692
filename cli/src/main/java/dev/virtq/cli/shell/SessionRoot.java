package dev.virtq.cli.shell;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What stands before every command in the shell: nothing. */
@Command(
        name = "",
        customSynopsis = "The commands of the shell; 'help COMMAND' tells more of one.",
        synopsisHeading = "",
        commandListHeading = "%n")
final class SessionRoot {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show what the command does, and its options.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;
}
