package dev.virtq.drivers.fs.path;

import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A glob, and paths. What must hold: it is one to us where it is one to the default file system,
 * and it matches the same paths.
 */
public final class GlobProgram {
    private static final List<String> PIECES =
            List.of(
                    "*", "?", "[", "]", "{", "}", ",", "\\", "!", "^", "-", "/", "a", "b", "z", ".",
                    "**", "[a-b]", "[!a]", "{a,b}", "&&", "(", "|", "$", "+", "\n");
    private static final List<String> TEXTS =
            List.of("a", "b", "/", ".", "ab", "-", "]", "^", "!", "\\", "z", "{", "\n", "&", "$");
    private static final int LONGEST = 10;
    private static final int PATHS = 4;

    private GlobProgram() {}

    /** Compares. */
    public static void run(byte[] bytes) {
        run(bytes, UnaryOperator.identity());
    }

    /** The same, where a star goes on into other folders. */
    public static void withGreedyStars(byte[] bytes) {
        run(bytes, pattern -> Pattern.compile(pattern.pattern().replace("[^/]*", ".*")));
    }

    private static void run(byte[] bytes, UnaryOperator<Pattern> planting) {
        Input input = new Input(bytes);
        String glob = text(input, PIECES);
        if (glob.contains("-[") || glob.contains("-\\")) {
            return; // there, a range that ends so becomes another expression than is meant
        }
        PathMatcher unix = unix(glob);
        Pattern ours;
        try {
            ours = planting.apply(Glob.compile(glob));
        } catch (PatternSyntaxException e) {
            Must.hold(unix == null, "a glob was refused", glob, e);
            Landmarks.reach("no glob");
            return;
        }
        if (unix == null) {
            throw new AssertionError("a glob that is none was taken: " + glob);
        }
        for (int i = 0; i < PATHS; i++) {
            Path path = Path.of(text(input, TEXTS));
            boolean matches = ours.matcher(path.toString()).matches();
            Must.hold(
                    matches == unix.matches(path),
                    "another answer than on Unix",
                    glob,
                    path,
                    matches);
            Landmarks.reach(matches ? "match" : "no match");
        }
    }

    private static @Nullable PathMatcher unix(String glob) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + glob);
        } catch (PatternSyntaxException e) {
            return null;
        }
    }

    private static String text(Input input, List<String> pieces) {
        StringBuilder text = new StringBuilder();
        for (int i = input.below(LONGEST); i > 0; i--) {
            text.append(input.pick(pieces));
        }
        return text.toString();
    }
}
