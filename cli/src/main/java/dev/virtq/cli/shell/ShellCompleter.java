package dev.virtq.cli.shell;

import dev.virtq.cli.session.Session;
import dev.virtq.machine.AttachedDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completes commands, options, and the names of devices, queues and files. */
final class ShellCompleter implements Completer {
    private final CommandLine root;
    private final Session session;

    ShellCompleter(CommandLine root, Session session) {
        this.root = root;
        this.session = session;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        List<String> before = line.words().subList(0, line.wordIndex());
        candidates.addAll(candidates(before, line.word().substring(0, line.wordCursor())));
    }

    /**
     * {@return what can stand next}
     *
     * @param before the words before it, complete
     * @param begun how it begins
     */
    List<Candidate> candidates(List<String> before, String begun) {
        Position position = Position.after(root, before);
        List<Candidate> found = new ArrayList<>();
        OptionSpec waiting = position.option;
        if (waiting != null) {
            addValues(waiting.paramLabel(), begun, found);
            return found;
        }
        CommandSpec command = position.command.getCommandSpec();
        if (begun.startsWith("-")) {
            addOptions(command, found);
            return found;
        }
        if (command.name().equals("help")) {
            addCommands(position.helped, found);
            return found;
        }
        List<PositionalParamSpec> arguments =
                command.positionalParameters().stream()
                        .filter(parameter -> parameter.index().contains(position.arguments))
                        .toList();
        if (arguments.isEmpty()) {
            addCommands(position.command, found);
        }
        arguments.forEach(parameter -> addValues(parameter.paramLabel(), begun, found));
        return found;
    }

    private static void addCommands(CommandLine parent, List<Candidate> found) {
        parent.getSubcommands()
                .forEach((name, command) ->
                        found.add(candidate(name, "commands", description(command))));
    }

    private static void addOptions(CommandSpec command, List<Candidate> found) {
        for (OptionSpec option : command.options()) {
            if (!option.hidden()) {
                String[] text = option.description();
                found.add(
                        candidate(
                                option.longestName(), "options", text.length == 0 ? "" : text[0]));
            }
        }
    }

    private void addValues(String label, String begun, List<Candidate> found) {
        switch (label) {
            case "DEVICE" -> {
                for (AttachedDevice device : session.machine().devices()) {
                    device.type()
                            .ifPresent(type ->
                                    found.add(
                                            candidate(
                                                    device.name(),
                                                    "devices",
                                                    type + " at " + device.location())));
                }
            }
            case "QUEUE" -> {
                List<String> names = session.drive().queueNames().all();
                for (int i = 0; i < names.size(); i++) {
                    found.add(candidate("" + i, "queues", names.get(i)));
                    if (!begun.isEmpty() && !names.get(i).isEmpty()) {
                        found.add(candidate(names.get(i), "queues", "queue " + i));
                    }
                }
            }
            case "FILE" -> addFiles(begun, found);
            case "BYTES" -> {
                for (String form : List.of("hex:", "text:", "zero:")) {
                    found.add(new Candidate(form, form, "bytes", null, null, null, false));
                }
            }
            default -> {
                // Numbers and addresses are not guessed.
            }
        }
    }

    private static void addFiles(String begun, List<Candidate> found) {
        int slash = begun.lastIndexOf('/') + 1;
        String folder = begun.substring(0, slash);
        try (Stream<Path> files = Files.list(Path.of(folder.isEmpty() ? "." : folder))) {
            files.limit(500)
                    .forEach(file -> {
                        boolean more = Files.isDirectory(file);
                        String name = folder + file.getFileName() + (more ? "/" : "");
                        found.add(new Candidate(name, name, "files", null, null, null, !more));
                    });
        } catch (IOException unreadable) {
            // There is nothing to complete in a folder that cannot be read.
        }
    }

    private static Candidate candidate(String value, String group, String description) {
        return new Candidate(
                value, value, group, description.isEmpty() ? null : description, null, null, true);
    }

    private static String description(CommandLine command) {
        String[] text = command.getCommandSpec().usageMessage().description();
        return text.length == 0 ? "" : text[0];
    }

    /** Where in the tree of commands some words lead. */
    private static final class Position {
        private CommandLine command;
        private CommandLine helped;
        private int arguments;
        private @Nullable OptionSpec option;

        private Position(CommandLine root) {
            command = root;
            helped = root;
        }

        static Position after(CommandLine root, List<String> words) {
            Position position = new Position(root);
            words.forEach(position::take);
            return position;
        }

        private void take(String word) {
            if (option != null) {
                option = null;
                return;
            }
            OptionSpec named = command.getCommandSpec().optionsMap().get(word);
            CommandLine member = command.getSubcommands().get(word);
            if (named != null) {
                option = named.arity().max() > 0 ? named : null;
            } else if (command.getCommandSpec().name().equals("help")) {
                helped = helped.getSubcommands().getOrDefault(word, helped);
            } else if (member != null) {
                command = member;
                arguments = 0;
            } else if (!word.startsWith("-")) {
                arguments++;
            }
        }
    }
}
