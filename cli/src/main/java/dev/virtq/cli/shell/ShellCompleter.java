package dev.virtq.cli.shell;

import dev.virtq.cli.session.Session;
import dev.virtq.machine.AttachedDevice;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completes commands, options, and the names of machines, devices, queues and files. */
final class ShellCompleter implements Completer {
    private final CommandLine root;
    private final Session session;
    private final MachineCandidates machines;

    /** Makes one for a shell, whose machine is chosen. */
    ShellCompleter(CommandLine root, Session session) {
        this(root, session, new MachineCandidates(List.of()));
    }

    /**
     * Makes one.
     *
     * @param root of the tree of commands
     * @param session whose devices are named, once its machine is started
     * @param machines those that can be chosen
     */
    ShellCompleter(CommandLine root, Session session, MachineCandidates machines) {
        this.root = root;
        this.session = session;
        this.machines = machines;
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
            addValues(waiting, begun, found);
            return found;
        }
        CommandSpec command = position.command.getCommandSpec();
        if (begun.startsWith("-")) {
            OptionSpec named = command.optionsMap().get(begun.split("=", 2)[0]);
            if (named != null && begun.contains("=")) {
                addAttached(named, begun, found);
            } else {
                addOptions(command, found);
            }
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

    /** Adds the values of an option that stand in one word with it, as in {@code --tftp=/srv}. */
    private void addAttached(OptionSpec option, String begun, List<Candidate> found) {
        int value = begun.indexOf('=') + 1;
        List<Candidate> values = new ArrayList<>();
        addValues(option, begun.substring(value), values);
        for (Candidate candidate : values) {
            String word = begun.substring(0, value) + candidate.value();
            found.add(
                    new Candidate(
                            word,
                            candidate.displ(),
                            candidate.group(),
                            candidate.descr(),
                            null,
                            null,
                            candidate.complete()));
        }
    }

    private void addValues(OptionSpec option, String begun, List<Candidate> found) {
        Iterable<String> words = option.completionCandidates();
        if (words != null) {
            words.forEach(word -> found.add(candidate(word, "values", "")));
        } else {
            addValues(option.paramLabel(), begun, found);
        }
    }

    private void addValues(String label, String begun, List<Candidate> found) {
        switch (label) {
            case "MACHINE" -> found.addAll(machines.startingWith(begun));
            case "DEVICE" -> {
                if (!session.isStarted()) {
                    return; // no machine is started for the sake of a name
                }
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
                if (!canNameQueues()) {
                    return;
                }
                List<String> names = session.drive().queueNames().all();
                for (int i = 0; i < names.size(); i++) {
                    found.add(candidate("" + i, "queues", names.get(i)));
                    if (!begun.isEmpty() && !names.get(i).isEmpty()) {
                        found.add(candidate(names.get(i), "queues", "queue " + i));
                    }
                }
            }
            case "PATH" -> found.addAll(SharedCandidates.startingWith(session, begun));
            case "FILE" -> found.addAll(FileCandidates.files("", begun));
            case "DIR" -> found.addAll(FileCandidates.folders(begun));
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

    /** {@return whether the device tells at once: nobody presses Tab to wait for a back end} */
    private boolean canNameQueues() {
        return session.isStarted()
                && (session.machine().awaited().isEmpty()
                        || session.driveOf(session.device().name()).isPresent());
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
