package dev.virtq.drivers.fs.path;

import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A path of names with slashes between them, as on Unix. Immutable. The empty path has one name,
 * which is empty; the root has none.
 */
public final class LexicalPath implements Comparable<LexicalPath> {
    /** The root. */
    public static final LexicalPath ROOT = new LexicalPath(true, List.of());

    /** The path of no text. */
    public static final LexicalPath EMPTY = new LexicalPath(false, List.of(""));

    private static final String HERE = ".";
    private static final String UP = "..";

    private final boolean absolute;
    private final List<String> names;
    private final String text;

    private LexicalPath(boolean absolute, List<String> names) {
        this.absolute = absolute;
        this.names = names;
        text = (absolute ? "/" : "") + String.join("/", names);
    }

    /**
     * {@return the path that a text stands for}
     *
     * @param text any; slashes that follow each other count as one
     * @throws InvalidPathException when it has a NUL, or a half of a character
     */
    public static LexicalPath parse(String text) {
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            throw new InvalidPathException(text, "Nul character not allowed", zero);
        }
        if (!NameCodec.isEncodable(text)) {
            throw new InvalidPathException(text, "half of a character has no bytes");
        }
        String canonical = NameCodec.canonical(text);
        return of(canonical.startsWith("/"), split(canonical));
    }

    /**
     * {@return the path of names}
     *
     * @param absolute whether it begins at the root
     * @param names its names, none of them empty; none at all for the root or the empty path
     */
    public static LexicalPath of(boolean absolute, List<String> names) {
        if (names.isEmpty()) {
            return absolute ? ROOT : EMPTY;
        }
        return new LexicalPath(absolute, List.copyOf(names));
    }

    private static List<String> split(String text) {
        List<String> names = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int slash = text.indexOf('/', start);
            int end = slash < 0 ? text.length() : slash;
            if (end > start) {
                names.add(text.substring(start, end));
            }
            start = end + 1;
        }
        return names;
    }

    /** {@return whether it begins at the root} */
    public boolean isAbsolute() {
        return absolute;
    }

    /** {@return whether it is the path of no text} */
    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** {@return its names; that of the empty path is empty} */
    public List<String> names() {
        return names;
    }

    /** {@return the last name; null for the root} */
    public @Nullable LexicalPath fileName() {
        if (names.isEmpty()) {
            return null;
        }
        return isSingle() ? this : new LexicalPath(false, List.of(names.getLast()));
    }

    private boolean isSingle() {
        return !absolute && names.size() == 1;
    }

    /** {@return all but the last name; null when nothing is left} */
    public @Nullable LexicalPath parent() {
        if (names.isEmpty() || isSingle()) {
            return null;
        }
        return of(absolute, names.subList(0, names.size() - 1));
    }

    /**
     * {@return some of the names, as a relative path}
     *
     * @param from the first
     * @param to the one behind the last
     * @throws IllegalArgumentException when there are none such
     */
    public LexicalPath subpath(int from, int to) {
        if (from < 0 || from >= to || to > names.size()) {
            throw new IllegalArgumentException(
                    "names %d to %d of \"%s\" (expected: within 0..%d)"
                            .formatted(from, to, text, names.size()));
        }
        return new LexicalPath(false, List.copyOf(names.subList(from, to)));
    }

    /**
     * {@return whether this path begins with all names of another}
     *
     * @param other the other
     */
    public boolean startsWith(LexicalPath other) {
        int count = other.names.size();
        return absolute == other.absolute
                && count <= names.size()
                && names.subList(0, count).equals(other.names);
    }

    /**
     * {@return whether this path ends with all names of another, or is that one where it is
     * absolute}
     *
     * @param other the other
     */
    public boolean endsWith(LexicalPath other) {
        int from = names.size() - other.names.size();
        if (other.absolute) {
            return equals(other);
        }
        return from >= 0 && names.subList(from, names.size()).equals(other.names);
    }

    /** {@return this path without what can be left out, as if there were no symbolic links} */
    public LexicalPath normalize() {
        List<String> kept = new ArrayList<>();
        for (String name : names) {
            boolean canGoBack = !kept.isEmpty() && !kept.getLast().equals(UP);
            if (name.equals(HERE) || name.isEmpty()) {
                continue;
            }
            if (!name.equals(UP)) {
                kept.add(name);
            } else if (canGoBack) {
                kept.removeLast();
            } else if (!absolute) {
                kept.add(name);
            } // nothing is above the root
        }
        return of(absolute, kept);
    }

    /**
     * {@return another path as seen from this one}
     *
     * @param other the other
     */
    public LexicalPath resolve(LexicalPath other) {
        if (other.absolute || isEmpty()) {
            return other;
        }
        if (other.isEmpty()) {
            return this;
        }
        List<String> all = new ArrayList<>(names);
        all.addAll(other.names);
        return of(absolute, all);
    }

    /**
     * {@return the way from this path to another}
     *
     * @param other where to
     * @throws IllegalArgumentException when one is absolute and the other is not, or when the way
     *     leads through the parent of an unknown directory
     */
    public LexicalPath relativize(LexicalPath other) {
        if (equals(other)) {
            return EMPTY;
        }
        if (absolute != other.absolute) {
            throw new IllegalArgumentException(
                    "no way from \"%s\" to \"%s\" (expected: both absolute, or both relative)"
                            .formatted(text, other.text));
        }
        if (isEmpty()) {
            return other;
        }
        boolean plain = hasOnlyNames() && other.hasOnlyNames();
        List<String> from = realNames(plain ? this : normalize());
        List<String> to = realNames(plain ? other : other.normalize());
        int common = 0;
        while (common < from.size()
                && common < to.size()
                && from.get(common).equals(to.get(common))) {
            common++;
        }
        List<String> way = new ArrayList<>();
        for (String name : from.subList(common, from.size())) {
            if (name.equals(UP)) {
                throw new IllegalArgumentException(
                        "no way from \"%s\" to \"%s\": it would lead back from an unknown directory"
                                .formatted(text, other.text));
            }
            way.add(UP);
        }
        way.addAll(to.subList(common, to.size()));
        return of(false, way);
    }

    private static List<String> realNames(LexicalPath path) {
        return path.isEmpty() ? List.of() : path.names;
    }

    private boolean hasOnlyNames() {
        return names.stream().noneMatch(name -> name.equals(HERE) || name.equals(UP));
    }

    @Override
    public int compareTo(LexicalPath other) {
        return Arrays.compareUnsigned(NameCodec.encode(text), NameCodec.encode(other.text));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LexicalPath path && path.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
