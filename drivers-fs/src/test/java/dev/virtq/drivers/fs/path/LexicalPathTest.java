package dev.virtq.drivers.fs.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Paths are what the default file system of Unix says they are. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the default file system has other paths there")
class LexicalPathTest {
    private static final int ROUNDS = 200_000;
    private static final List<String> NAMES =
            List.of("a", "b", "ab", ".", "..", "", "\u00e4", "\ud83d\ude00", "..a", "a b\n");

    private final Random random = new Random(20_260_408);

    private String text() {
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "/" : "");
        int names = random.nextInt(5);
        for (int i = 0; i < names; i++) {
            text.append(NAMES.get(random.nextInt(NAMES.size()))).append('/');
        }
        if (names > 0 && random.nextInt(4) > 0) {
            text.setLength(text.length() - 1);
        }
        return text.toString();
    }

    private static String outcome(Supplier<@Nullable Object> question) {
        try {
            return String.valueOf(question.get());
        } catch (IllegalArgumentException e) {
            return "IllegalArgumentException";
        }
    }

    @Test
    void onePathIsWhatItIsOnUnix() {
        for (int i = 0; i < ROUNDS; i++) {
            String text = text();
            LexicalPath ours = LexicalPath.parse(text);
            Path unix = Path.of(text);
            int from = random.nextInt(5) - 1;
            int to = random.nextInt(6) - 1;
            assertThat(described(ours, from, to)).as(text).isEqualTo(described(unix, from, to));
        }
    }

    private static List<String> described(LexicalPath path, int from, int to) {
        return List.of(
                path.toString(),
                outcome(path::normalize),
                outcome(path::fileName),
                outcome(path::parent),
                outcome(path::isAbsolute),
                outcome(() -> path.names().size()),
                outcome(path::names),
                outcome(() -> path.subpath(from, to)));
    }

    private static List<String> described(Path path, int from, int to) {
        List<Path> names = new ArrayList<>();
        StreamSupport.stream(path.spliterator(), false).forEach(names::add);
        return List.of(
                path.toString(),
                outcome(path::normalize),
                outcome(path::getFileName),
                outcome(path::getParent),
                outcome(path::isAbsolute),
                outcome(path::getNameCount),
                outcome(() -> names),
                outcome(() -> path.subpath(from, to)));
    }

    @Test
    void twoPathsAreToEachOtherWhatTheyAreOnUnix() {
        for (int i = 0; i < ROUNDS; i++) {
            String first = text();
            String second = text();
            LexicalPath one = LexicalPath.parse(first);
            LexicalPath two = LexicalPath.parse(second);
            Path unixOne = Path.of(first);
            Path unixTwo = Path.of(second);
            assertThat(
                            List.of(
                                    outcome(() -> one.resolve(two)),
                                    outcome(() -> one.relativize(two)),
                                    outcome(() -> one.startsWith(two)),
                                    outcome(() -> one.endsWith(two)),
                                    outcome(() -> one.equals(two)),
                                    outcome(() -> Integer.signum(one.compareTo(two)))))
                    .as("%s and %s", first, second)
                    .isEqualTo(
                            List.of(
                                    outcome(() -> unixOne.resolve(unixTwo)),
                                    outcome(() -> unixOne.relativize(unixTwo)),
                                    outcome(() -> unixOne.startsWith(unixTwo)),
                                    outcome(() -> unixOne.endsWith(unixTwo)),
                                    outcome(() -> unixOne.equals(unixTwo)),
                                    outcome(() -> Integer.signum(unixOne.compareTo(unixTwo)))));
        }
    }

    @Test
    void theWayBetweenTwoPathsLeadsFromOneToTheOther() {
        LexicalPath from = LexicalPath.parse("/a/b");
        assertThat(from.relativize(LexicalPath.parse("/a/c/d"))).hasToString("../c/d");
        assertThatThrownBy(() -> from.relativize(LexicalPath.parse("c")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both absolute, or both relative");
    }

    @Test
    void whatHasNoBytesIsNoPath() {
        assertThatThrownBy(() -> LexicalPath.parse("a\0b"))
                .isInstanceOf(InvalidPathException.class)
                .hasMessageContaining("Nul character");
        assertThatThrownBy(() -> LexicalPath.parse("a\ud83d"))
                .isInstanceOf(InvalidPathException.class);
    }

    @Test
    void oneNameHasOneText() {
        assertThat(LexicalPath.parse("\udcc3\udca4")).isEqualTo(LexicalPath.parse("\u00e4"));
    }

    @Test
    void globsMatchWhatTheyMatchOnUnix() {
        List<String> globs =
                List.of(
                        "*", "**", "?", "*.java", "{a,b}*", "[ab]", "[!a]", "[^a]", "[a-c]b", "a**",
                        "**/b", "\\*", "{,a}", "[-a]", "[a-]", "[", "{", "{a{b}}", "[a/b]", "}",
                        "a,b", "[c-a]", "\\", "[[]", "[&&]", "(", ".", "**/*", "/*", "/**", "*/.*",
                        "[a]]");
        List<String> paths =
                List.of(
                        "a", "b", "ab", "cb", "a/b", "/a", "/a/b", "x.java", "*", "-", "", ".",
                        "a/.b", "c", "^", "!", "[", "&", "(", "}", "a,b", "a]", "]", "\u00e4",
                        "a\nb");
        for (String glob : globs) {
            for (String path : paths) {
                String expected =
                        outcome(() ->
                                FileSystems.getDefault()
                                        .getPathMatcher("glob:" + glob)
                                        .matches(Path.of(path)));
                String actual = outcome(() -> Glob.compile(glob).matcher(path).matches());
                assertThat(actual).as("%s on %s", glob, path).isEqualTo(expected);
            }
        }
    }
}
