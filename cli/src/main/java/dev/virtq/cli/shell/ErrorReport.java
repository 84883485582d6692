package dev.virtq.cli.shell;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.PrintableText;
import dev.virtq.cli.network.NetworkException;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.Similar;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.VirtioException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in one line, and with {@code --verbose} where in the program. */
public final class ErrorReport {
    /** A command was not understood. */
    static final int USAGE = 2;

    /** A command failed. */
    static final int FAILED = 1;

    /** A command was interrupted, as by SIGINT. */
    static final int INTERRUPTED = 130;

    private final Console console;
    private final BooleanSupplier verbose;
    private final BooleanSupplier over;
    private final BooleanSupplier mayReturn;
    private @Nullable String place;

    /**
     * Makes a report.
     *
     * @param console where errors go
     * @param verbose whether the place in the program is shown
     * @param over whether the end has begun: what fails from then on is not news
     * @param mayReturn whether a device that was lost can be there again
     */
    public ErrorReport(
            Console console,
            BooleanSupplier verbose,
            BooleanSupplier over,
            BooleanSupplier mayReturn) {
        this.console = console;
        this.verbose = verbose;
        this.over = over;
        this.mayReturn = mayReturn;
    }

    /**
     * Makes a tree of commands report here.
     *
     * @param root of the tree, with all its commands
     */
    public void watch(CommandLine root) {
        root.setParameterExceptionHandler((error, _) -> report(error));
        root.setExecutionExceptionHandler((error, _, _) -> report(error));
    }

    /**
     * Names the place that the next errors are about, as in {@code drive.virtq:3}.
     *
     * @param where the place; {@code null} for none
     */
    void at(@Nullable String where) {
        place = where;
    }

    /**
     * Reports an error.
     *
     * @param error what was thrown
     * @return the exit status that goes with it
     */
    public int report(Throwable error) {
        if (over.getAsBoolean()) {
            return FAILED;
        }
        String here = place;
        console.remark((here == null ? "" : here + ": ") + oneLine(error));
        if (verbose.getAsBoolean() && !(error instanceof ParameterException)) {
            error.printStackTrace(console.err());
            console.err().flush();
        }
        if (error instanceof ParameterException) {
            return USAGE;
        }
        boolean interrupted =
                error instanceof InterruptedException
                        || error instanceof ClosedByInterruptException;
        return interrupted ? INTERRUPTED : FAILED;
    }

    /** What QEMU or a provider says in several lines becomes one. */
    private String oneLine(Throwable error) {
        return message(error)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(PrintableText::of) // names of files may be anything
                .collect(Collectors.joining(" | "));
    }

    private String message(Throwable error) {
        String text = error.getMessage();
        return switch (error) {
            case UnmatchedArgumentException unmatched -> unmatched(unmatched);
            case MissingParameterException missing -> missing(missing);
            case ParameterException wrong -> wrong(wrong);
            case InterruptedException _, ClosedByInterruptException _ -> "interrupted";
            case InvalidPathException path ->
                    "'%s' is no path: %s".formatted(path.getInput(), path.getReason());
            case DeviceFaultException _ -> text + "; 'reset' begins anew";
            case DeviceLostException _ ->
                    text
                            + (mayReturn.getAsBoolean()
                                    ? "; when it is there again, 'reconnect' goes on and 'reset' begins anew"
                                    : "; only a new virtq begins anew");
            case CommandException _, VirtioException _, NetworkException _ -> String.valueOf(text);
            case IllegalArgumentException _ when text != null -> text;
            case IllegalStateException _ when text != null -> text;
            case UncheckedIOException wrapped when wrapped.getCause() != null ->
                    message(wrapped.getCause());
            case NoSuchFileException file -> file.getFile() + ": there is no such file or folder";
            case AccessDeniedException file -> file.getFile() + ": access is denied";
            case FileAlreadyExistsException file -> file.getFile() + ": exists already";
            case DirectoryNotEmptyException file -> file.getFile() + ": the folder is not empty";
            case NotDirectoryException file -> file.getFile() + ": is no folder";
            case FileSystemLoopException file ->
                    file.getFile() + ": its links lead round in a circle";
            case FileNotFoundException _ -> String.valueOf(text);
            case IOException _ when text != null -> text;
            default -> "internal error: " + error + " (--verbose shows where)";
        };
    }

    private static String unmatched(UnmatchedArgumentException error) {
        String word = error.getUnmatched().getFirst();
        CommandLine command = error.getCommandLine();
        String name = name(command);
        List<String> similar =
                word.startsWith("-")
                        ? Similar.to(word, command.getCommandSpec().optionsMap().keySet())
                        : Similar.to(word, command.getSubcommands().keySet());
        String hint =
                similar.isEmpty() ? "" : " (did you mean: " + String.join(", ", similar) + "?)";
        if (word.startsWith("-")) {
            return "unknown option '%s'%s%s%s"
                    .formatted(word, name.isEmpty() ? "" : " of '" + name + "'", hint, help(name));
        }
        if (!command.getSubcommands().isEmpty()) {
            return "unknown command '%s'%s%s"
                    .formatted(
                            name.isEmpty() ? word : name + " " + word,
                            hint,
                            similar.isEmpty() ? help(name) : "");
        }
        return "'%s' is one word too many for '%s'%s".formatted(word, name, help(name));
    }

    private static String missing(MissingParameterException error) {
        String name = name(error.getCommandLine());
        if (error.getMissing().isEmpty()) {
            return wrong(error);
        }
        String what =
                error.getMissing().stream()
                        .map(spec ->
                                spec instanceof OptionSpec option
                                        ? "the %s of %s"
                                                .formatted(
                                                        option.paramLabel(), option.longestName())
                                        : "its " + spec.paramLabel())
                        .collect(Collectors.joining(" and "));
        return "'%s' is missing %s%s".formatted(name, what, help(name));
    }

    private static String wrong(ParameterException error) {
        String text = String.valueOf(error.getMessage());
        Throwable cause = error.getCause();
        if (cause instanceof CommandLine.TypeConversionException && error.getArgSpec() != null) {
            String about =
                    error.getArgSpec() instanceof OptionSpec option
                            ? option.longestName()
                            : error.getArgSpec().paramLabel();
            return about + ": " + cause.getMessage();
        }
        return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }

    private static String help(String name) {
        return "; 'help%s' tells more".formatted(name.isEmpty() ? "" : " " + name);
    }

    /** The words that lead to the command, without the program's own name. */
    private static String name(CommandLine command) {
        String name = command.getCommandSpec().qualifiedName().strip();
        return name.equals("virtq") ? "" : name.startsWith("virtq ") ? name.substring(6) : name;
    }
}
