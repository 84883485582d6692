package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.path.NameCodec;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** URIs: {@code virtiofs://NAME/path}, each byte that is no plain character escaped. */
final class ShareUri {
    static final String SCHEME = "virtiofs";

    private static final String PLAIN = "-._~/!$&'()*+,;=:@";

    private ShareUri() {}

    static URI of(String name, String absolutePath) {
        return URI.create(SCHEME + "://" + escape(name.replace("/", "\0")) + escape(absolutePath));
    }

    /** {@return the name of the file system} */
    static String name(URI uri) {
        if (uri.getScheme() == null
                || !uri.getScheme().toLowerCase(Locale.ROOT).equals(SCHEME)
                || uri.getRawAuthority() == null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "%s (expected: %s://NAME/path)".formatted(uri, SCHEME));
        }
        return unescape(uri.getRawAuthority()).replace("\0", "/");
    }

    static String path(URI uri) {
        String path = unescape(uri.getRawPath());
        return path.isEmpty() ? "/" : path;
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (byte octet : NameCodec.encode(text)) {
            char character = (char) (octet & 0xff);
            boolean alphanumeric =
                    character < 0x80
                            && (Character.isLetterOrDigit(character)
                                    || PLAIN.indexOf(character) >= 0);
            if (alphanumeric) {
                escaped.append(character);
            } else {
                escaped.append("%%%02X".formatted((int) character));
            }
        }
        return escaped.toString();
    }

    private static String unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '%') {
                bytes.write(Integer.parseInt(text, i + 1, i + 3, 16)); // URI has checked them
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(character).getBytes(StandardCharsets.UTF_8));
            }
        }
        return NameCodec.decode(bytes.toByteArray());
    }
}
