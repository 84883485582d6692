package dev.virtq.drivers.fs.path;

import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Two paths. What must hold: whatever is asked of them is answered as by the default file system,
 * which is that of Unix here.
 */
public final class PathProgram {
    private static final List<String> PIECES =
            List.of("/", "a", "b", "ab", ".", "..", "//", " ", "..a", "a.", "-", "/../", "/./");
    private static final int LONGEST = 12;

    private PathProgram() {}

    /** Compares. */
    public static void run(byte[] bytes) {
        run(bytes, LexicalPath::startsWith);
    }

    /** The same, where a path begins with a relative one whose text its own begins with. */
    public static void startingByText(byte[] bytes) {
        run(bytes, PathProgram::startsByText);
    }

    private static boolean startsByText(LexicalPath path, LexicalPath other) {
        if (other.isEmpty() || other.isAbsolute()) {
            return path.startsWith(other);
        }
        return path.toString().startsWith(other.toString());
    }

    private static void run(byte[] bytes, BiPredicate<LexicalPath, LexicalPath> starts) {
        Input input = new Input(bytes);
        String first = text(input);
        String second = text(input);
        LexicalPath ours = LexicalPath.parse(first);
        LexicalPath other = LexicalPath.parse(second);
        Path unix = Path.of(first);
        Path unixOther = Path.of(second);
        int from = input.between(-1, 5);
        int to = input.between(-1, 6);
        same("text", first, second, ours, unix);
        same("absolute", first, second, ours.isAbsolute(), unix.isAbsolute());
        same("name", first, second, ours.fileName(), unix.getFileName());
        same("parent", first, second, ours.parent(), unix.getParent());
        same("count", first, second, ours.names().size(), unix.getNameCount());
        same("normalized", first, second, ours.normalize(), unix.normalize());
        same(
                "subpath",
                first,
                second,
                outcome(() -> ours.subpath(from, to)),
                outcome(() -> unix.subpath(from, to)));
        same("starts", first, second, starts.test(ours, other), unix.startsWith(unixOther));
        same("ends", first, second, ours.endsWith(other), unix.endsWith(unixOther));
        same("resolved", first, second, ours.resolve(other), unix.resolve(unixOther));
        same(
                "order",
                first,
                second,
                Integer.signum(ours.compareTo(other)),
                Integer.signum(unix.compareTo(unixOther)));
        same("equality", first, second, ours.equals(other), unix.equals(unixOther));
        String way = outcome(() -> ours.relativize(other));
        same("way", first, second, way, outcome(() -> unix.relativize(unixOther)));
        List<String> names = new ArrayList<>();
        unix.forEach(name -> names.add(name.toString()));
        same("names", first, second, ours.names(), names);
        Landmarks.reach(way.equals("refused") ? "no way" : "way");
        Landmarks.reach(ours.isAbsolute() ? "absolute" : "relative");
        Landmarks.reach(ours.startsWith(other) ? "begins with the other" : "begins otherwise");
    }

    private static String text(Input input) {
        StringBuilder text = new StringBuilder();
        for (int i = input.below(LONGEST); i > 0; i--) {
            text.append(input.pick(PIECES));
        }
        return text.toString();
    }

    private static String outcome(Supplier<@Nullable Object> question) {
        try {
            return String.valueOf(question.get());
        } catch (IllegalArgumentException e) {
            return "refused";
        }
    }

    private static void same(
            String what,
            String first,
            String second,
            @Nullable Object ours,
            @Nullable Object unix) {
        Must.hold(
                Objects.equals(String.valueOf(ours), String.valueOf(unix)),
                "another " + what + " than on Unix",
                first,
                second,
                String.valueOf(ours),
                String.valueOf(unix));
    }
}
