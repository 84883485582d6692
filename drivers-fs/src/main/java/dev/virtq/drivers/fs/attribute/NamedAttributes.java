package dev.virtq.drivers.fs.attribute;

import dev.virtq.drivers.fs.fuse.AttributeChange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Attributes by view and name, as in {@code posix:permissions,size}. */
public final class NamedAttributes {
    private static final Map<String, Function<ShareAttributes, Object>> BASIC =
            Map.of(
                    "size", ShareAttributes::size,
                    "creationTime", ShareAttributes::creationTime,
                    "lastAccessTime", ShareAttributes::lastAccessTime,
                    "lastModifiedTime", ShareAttributes::lastModifiedTime,
                    "isDirectory", ShareAttributes::isDirectory,
                    "isRegularFile", ShareAttributes::isRegularFile,
                    "isSymbolicLink", ShareAttributes::isSymbolicLink,
                    "isOther", ShareAttributes::isOther,
                    "fileKey", ShareAttributes::fileKey);

    private static final Map<String, Function<ShareAttributes, Object>> POSIX =
            Map.of(
                    "owner", ShareAttributes::owner,
                    "group", ShareAttributes::group,
                    "permissions", ShareAttributes::permissions);

    private static final Map<String, Function<ShareAttributes, Object>> UNIX =
            Map.of(
                    "mode", a -> a.known().mode(),
                    "ino", a -> a.known().inode(),
                    "dev", a -> (long) a.mount(),
                    "rdev", a -> a.known().device() & 0xffff_ffffL,
                    "nlink", a -> a.known().links(),
                    "uid", a -> a.known().user(),
                    "gid", a -> a.known().group(),
                    "ctime", ShareAttributes::changeTime);

    private final Subject subject;
    private final int mount;

    /**
     * For a file.
     *
     * @param subject which
     * @param mount the number of the mount
     */
    public NamedAttributes(Subject subject, int mount) {
        this.subject = subject;
        this.mount = mount;
    }

    /** A view, and the names that are asked of it. */
    private record Question(String view, List<String> names) {
        static Question of(String text) {
            int colon = text.indexOf(':');
            String view = colon < 0 ? "basic" : text.substring(0, colon);
            List<String> names = List.of(text.substring(colon + 1).split(","));
            return new Question(view, names);
        }

        IllegalArgumentException unknown(String name) {
            return new IllegalArgumentException(
                    "the view '%s' has no attribute '%s'".formatted(view, name));
        }
    }

    private static Map<String, Function<ShareAttributes, Object>> attributesOf(String view) {
        Map<String, Function<ShareAttributes, Object>> all = new LinkedHashMap<>();
        switch (view) {
            case "basic" -> all.putAll(BASIC);
            case "owner" -> all.put("owner", ShareAttributes::owner);
            case "posix" -> {
                all.putAll(BASIC);
                all.putAll(POSIX);
            }
            case "unix" -> {
                all.putAll(BASIC);
                all.putAll(POSIX);
                all.putAll(UNIX);
            }
            default -> throw noView(view);
        }
        return all;
    }

    private static UnsupportedOperationException noView(String view) {
        return new UnsupportedOperationException("View '%s' not available".formatted(view));
    }

    /**
     * {@return attributes by their names}
     *
     * @param text the view and the names, or {@code *} for all of them
     * @throws UnsupportedOperationException when there is no such view
     * @throws IllegalArgumentException when it has no such attribute
     * @throws IOException as {@code java.nio.file} has it
     */
    public Map<String, Object> read(String text) throws IOException {
        Question question = Question.of(text);
        if (question.view().equals("user")) {
            return readUser(question);
        }
        Map<String, Function<ShareAttributes, Object>> all = attributesOf(question.view());
        Set<String> wanted = new LinkedHashSet<>();
        for (String name : question.names()) {
            if (name.equals("*")) {
                wanted.addAll(all.keySet());
            } else if (all.containsKey(name)) {
                wanted.add(name);
            } else {
                throw question.unknown(name);
            }
        }
        ShareAttributes attributes = new PosixView(subject, mount, "posix").readAttributes();
        Map<String, Object> answer = new LinkedHashMap<>();
        all.forEach((name, attribute) -> {
            if (wanted.contains(name)) {
                answer.put(name, attribute.apply(attributes));
            }
        });
        return answer;
    }

    private Map<String, Object> readUser(Question question) throws IOException {
        UserView view = new UserView(subject);
        List<String> names = question.names().contains("*") ? view.list() : question.names();
        Map<String, Object> answer = new LinkedHashMap<>();
        for (String name : names) {
            answer.put(name, view.value(name));
        }
        return answer;
    }

    /**
     * Sets an attribute.
     *
     * @param text the view and the name
     * @param value what to
     * @throws UnsupportedOperationException when there is no such view
     * @throws IllegalArgumentException when it has no such attribute that can be set
     * @throws ClassCastException when the value is of another type
     * @throws IOException as {@code java.nio.file} has it
     */
    @SuppressWarnings("unchecked") // each element is checked where it is used
    public void set(String text, Object value) throws IOException {
        Question question = Question.of(text);
        String name = question.names().getFirst();
        if (question.view().equals("user")) {
            ByteBuffer bytes =
                    value instanceof byte[] array ? ByteBuffer.wrap(array) : (ByteBuffer) value;
            new UserView(subject).write(name, bytes);
            return;
        }
        if (!attributesOf(question.view()).containsKey(name)) {
            throw question.unknown(name);
        }
        PosixView view = new PosixView(subject, mount, question.view());
        switch (name) {
            case "lastModifiedTime" -> view.setTimes((FileTime) value, null, null);
            case "lastAccessTime" -> view.setTimes(null, (FileTime) value, null);
            case "creationTime" -> view.setTimes(null, null, (FileTime) value);
            case "permissions" -> view.setPermissions((Set<PosixFilePermission>) value);
            case "owner" -> view.setOwner((UserPrincipal) value);
            case "group" -> view.setGroup((GroupPrincipal) value);
            case "mode" -> view.change(AttributeChange.NONE.mode((Integer) value));
            case "uid" -> view.change(AttributeChange.NONE.user((Integer) value));
            case "gid" -> view.change(AttributeChange.NONE.group((Integer) value));
            default -> throw question.unknown(name);
        }
    }
}
