package dev.virtq.cli.shell;

import org.jline.reader.Highlighter;
import org.jline.reader.LineReader;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import picocli.CommandLine;

/** Colours what is typed: commands that exist, those that do not, options, comments. */
final class ShellHighlighter implements Highlighter {
    private static final AttributedStyle COMMAND =
            AttributedStyle.DEFAULT.bold().foreground(AttributedStyle.CYAN);
    private static final AttributedStyle UNKNOWN =
            AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
    private static final AttributedStyle OPTION =
            AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
    private static final AttributedStyle COMMENT = AttributedStyle.DEFAULT.faint();

    private final CommandLine root;

    ShellHighlighter(CommandLine root) {
        this.root = root;
    }

    @Override
    public AttributedString highlight(LineReader reader, String buffer) {
        AttributedStringBuilder colored = new AttributedStringBuilder();
        CommandLine command = root;
        int position = 0;
        while (position < buffer.length()) {
            if (buffer.charAt(position) == ' ') {
                colored.append(' ');
                position++;
                continue;
            }
            if (buffer.charAt(position) == '#') {
                return colored.styled(COMMENT, buffer.substring(position)).toAttributedString();
            }
            int end = endOfWord(buffer, position);
            String word = buffer.substring(position, end);
            CommandLine next = command.getSubcommands().get(word);
            if (next != null) {
                colored.styled(COMMAND, word);
                command = next;
            } else if (command == root) {
                // While its last word is typed, a command that could still become one is not wrong.
                boolean mayBecome =
                        end == buffer.length()
                                && root.getSubcommands().keySet().stream()
                                        .anyMatch(name -> name.startsWith(word));
                colored.styled(mayBecome ? AttributedStyle.DEFAULT : UNKNOWN, word);
            } else {
                colored.styled(word.startsWith("-") ? OPTION : AttributedStyle.DEFAULT, word);
            }
            position = end;
        }
        return colored.toAttributedString();
    }

    private static int endOfWord(String buffer, int start) {
        char quote = 0;
        int i = start;
        while (i < buffer.length()) {
            char c = buffer.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (c == ' ') {
                return i;
            }
            i++;
        }
        return i;
    }
}
