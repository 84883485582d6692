package dev.virtq.drivers.fs.path;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Names are bytes to the server, and text to Java: UTF-8. A byte that is no part of a character
 * becomes one of U+DC80 to U+DCFF, which no text has by itself, and that becomes the byte again: so
 * each name that a server has can be asked for.
 */
public final class NameCodec {
    private static final char REPLACEMENT = '\uFFFD';
    private static final int FIRST_ESCAPE = 0xdc80;
    private static final int LAST_ESCAPE = 0xdcff;

    private NameCodec() {}

    /**
     * {@return the text of a name}
     *
     * @param bytes the name, in whatever encoding
     */
    public static String decode(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf(REPLACEMENT) < 0 ? text : decodeExactly(bytes);
    }

    private static String decodeExactly(byte[] bytes) {
        CharsetDecoder decoder =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (!result.isError()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (0xdc00 | (in.get() & 0xff)));
            }
        }
    }

    /**
     * {@return the bytes of a name or path}
     *
     * @param text of which {@link #isEncodable} holds
     */
    public static byte[] encode(String text) {
        if (!hasSurrogates(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteBuffer out = ByteBuffer.allocate(3 * text.length());
        text.codePoints()
                .forEach(point -> {
                    if (isEscape(point)) {
                        out.put((byte) point);
                    } else {
                        out.put(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                    }
                });
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    /**
     * {@return whether a text stands for bytes: no half of a character but those that stand for a
     * byte}
     *
     * @param text any
     */
    public static boolean isEncodable(String text) {
        return text.codePoints().allMatch(point -> !isHalf(point) || isEscape(point));
    }

    /**
     * {@return the same name, as {@link #decode} gives it}
     *
     * <p>Escaped bytes that are a character together become that character: one name has one text.
     *
     * @param text of which {@link #isEncodable} holds
     */
    static String canonical(String text) {
        return hasSurrogates(text) ? decode(encode(text)) : text;
    }

    private static boolean isEscape(int point) {
        return point >= FIRST_ESCAPE && point <= LAST_ESCAPE;
    }

    private static boolean isHalf(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }

    private static boolean hasSurrogates(String text) {
        for (int i = 0; i < text.length(); i++) { // for each name of each path: no stream
            if (isHalf(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }
}
