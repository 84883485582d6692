package dev.virtq.cli.shell;

import dev.virtq.cli.value.CommandException;
import java.util.ArrayList;
import java.util.List;

/**
 * A line, cut into words: at blanks, except in {@code '…'} and {@code "…"}; a backslash takes the
 * next character as it is, except in {@code '…'}; what follows a {@code #} at the start of a word
 * is a comment.
 */
final class CommandWords {
    private final String line;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean inWord;
    private int position;

    private CommandWords(String line) {
        this.line = line;
    }

    /**
     * {@return the words of a line; none for an empty one}
     *
     * @throws CommandException when a quote is not closed, or a backslash ends the line
     */
    static List<String> of(String line) {
        CommandWords reading = new CommandWords(line);
        reading.read();
        return List.copyOf(reading.words);
    }

    private void read() {
        while (position < line.length()) {
            char c = line.charAt(position);
            if (c == '#' && !inWord) {
                return;
            }
            position++;
            switch (c) {
                case '\'', '"' -> readQuoted(c);
                case '\\' -> word.append(escaped());
                case ' ', '\t', '\r' -> endWord();
                default -> {
                    inWord = true;
                    word.append(c);
                }
            }
        }
        endWord();
    }

    private void readQuoted(char quote) {
        int opened = position;
        inWord = true;
        while (position < line.length()) {
            char c = line.charAt(position++);
            if (c == quote) {
                return;
            }
            word.append(c == '\\' && quote == '"' ? escaped() : c);
        }
        throw new CommandException(
                "the quote at position %d is not closed (expected: another %s)"
                        .formatted(opened, quote));
    }

    private char escaped() {
        inWord = true;
        if (position == line.length()) {
            throw new CommandException(
                    "the backslash at position %d ends the line (expected: a character after it)"
                            .formatted(position));
        }
        return line.charAt(position++);
    }

    private void endWord() {
        if (inWord) {
            words.add(word.toString());
            word.setLength(0);
            inWord = false;
        }
    }
}
