package dev.virtq.machine.sim.tree;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Names as bytes, and as the JDK has them. The way leads over file URIs, whose escapes stand for
 * bytes, so that a name that is no text in the host's encoding survives.
 */
final class HostNames {
    /** Where nothing is: to make a URI, the JDK looks whether there is a directory. */
    private static final String NOWHERE = "/dev/null/";

    private static final String DIGITS = "0123456789ABCDEF";

    private HostNames() {}

    /** {@return the path to what has a name in a directory} */
    static Path in(Path directory, FileName name) {
        return directory.resolve(path(name.bytes()));
    }

    /**
     * {@return the relative or absolute path of some bytes}
     *
     * <p>As the JDK has it, without doubled slashes, and without one at the end.
     */
    static Path path(byte[] bytes) {
        StringBuilder escaped = new StringBuilder("file://").append(NOWHERE);
        for (byte each : bytes) {
            if (each == '/') {
                escaped.append('/');
            } else {
                escaped.append('%')
                        .append(DIGITS.charAt((each >> 4) & 0xf))
                        .append(DIGITS.charAt(each & 0xf));
            }
        }
        Path path = Path.of(URI.create(escaped.toString()));
        int above = Path.of(NOWHERE).getNameCount();
        Path below =
                path.getNameCount() == above
                        ? Path.of("")
                        : path.subpath(above, path.getNameCount());
        return bytes.length > 0 && bytes[0] == '/' ? Path.of("/").resolve(below) : below;
    }

    /** {@return the name that a path ends with} */
    static FileName last(Path path) throws FileError {
        return FileName.of(bytes(Objects.requireNonNull(path.getFileName())));
    }

    /** {@return the bytes of a path, relative or absolute} */
    static byte[] bytes(Path path) {
        StringBuilder bytes = new StringBuilder();
        for (Path name : path) {
            if (!bytes.isEmpty() || path.isAbsolute()) {
                bytes.append('/');
            }
            String uri = Path.of(NOWHERE).resolve(name).toUri().getRawPath();
            for (int i = NOWHERE.length(); i < uri.length(); i++) {
                boolean escaped = uri.charAt(i) == '%';
                bytes.append(
                        escaped ? (char) Integer.parseInt(uri, i + 1, i + 3, 16) : uri.charAt(i));
                i += escaped ? 2 : 0;
            }
        }
        return bytes.isEmpty() && path.isAbsolute()
                ? new byte[] {'/'}
                : bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
