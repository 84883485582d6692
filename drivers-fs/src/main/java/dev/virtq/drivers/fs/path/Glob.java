package dev.virtq.drivers.fs.path;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Turns a glob of {@link java.nio.file.FileSystem#getPathMatcher} into a regular expression: {@code
 * *} and {@code ?} stay within a name, {@code **} does not, {@code [a-z]} and {@code [!a]} are one
 * character other than a slash, {@code {a,b}} is one of several.
 */
public final class Glob {
    private static final String SPECIAL = "\\.^$|()[]{}+*?";

    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private int at;
    private boolean inGroup;

    private Glob(String glob) {
        this.glob = glob;
    }

    /**
     * {@return the pattern that a whole path has to match}
     *
     * @param glob such as {@code *.java}
     * @throws PatternSyntaxException when it is none
     */
    public static Pattern compile(String glob) {
        return Pattern.compile(new Glob(glob).translate());
    }

    private String translate() {
        while (at < glob.length()) {
            char next = glob.charAt(at++);
            switch (next) {
                case '\\' -> literal(escaped());
                case '*' -> star();
                case '?' -> regex.append("[^/]");
                case '[' -> bracket();
                case '{' -> openGroup();
                case '}' -> closeGroup();
                case ',' -> regex.append(inGroup ? ")|(?:" : ",");
                default -> literal(next);
            }
        }
        if (inGroup) {
            throw problem("Missing '}'");
        }
        return regex.toString();
    }

    private char escaped() {
        if (at == glob.length()) {
            throw problem("No character to escape");
        }
        return glob.charAt(at++);
    }

    private void literal(char character) {
        if (SPECIAL.indexOf(character) >= 0) {
            regex.append('\\');
        }
        regex.append(character);
    }

    private void star() {
        if (at < glob.length() && glob.charAt(at) == '*') {
            at++;
            regex.append(".*");
        } else {
            regex.append("[^/]*");
        }
    }

    private void openGroup() {
        if (inGroup) {
            throw problem("Cannot nest groups");
        }
        inGroup = true;
        regex.append("(?:(?:");
    }

    private void closeGroup() {
        regex.append(inGroup ? "))" : "\\}");
        inGroup = false;
    }

    private void bracket() {
        regex.append("[[^/]&&[");
        if (isNext('^')) {
            regex.append("\\^");
            at++;
        } else {
            negation();
        }
        boolean rangePossible = false;
        char last = 0;
        while (at < glob.length() && glob.charAt(at) != ']') {
            char next = glob.charAt(at++);
            if (next == '/') {
                throw problem("Explicit 'name separator' in class");
            }
            if (next == '-' && !rangePossible) {
                throw problem("Invalid range");
            }
            if (next == '-' && at < glob.length() && !isNext(']')) {
                char to = glob.charAt(at++);
                if (to < last) {
                    throw problem("Invalid range");
                }
                regex.append('-');
                inBracket(to);
                rangePossible = false;
            } else {
                inBracket(next);
                rangePossible = true;
                last = next;
            }
        }
        if (at == glob.length()) {
            throw problem("Missing ']'");
        }
        at++;
        regex.append("]]");
    }

    private void negation() {
        if (isNext('!')) {
            regex.append('^');
            at++;
        }
        if (isNext('-')) { // here it is itself, and no range
            regex.append("\\-");
            at++;
        }
    }

    private boolean isNext(char character) {
        return at < glob.length() && glob.charAt(at) == character;
    }

    private void inBracket(char character) {
        if ("\\[]^&-".indexOf(character) >= 0) {
            regex.append('\\');
        }
        regex.append(character);
    }

    private PatternSyntaxException problem(String problem) {
        return new PatternSyntaxException(problem, glob, at - 1);
    }
}
