package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.path.LexicalPath;
import dev.virtq.drivers.fs.path.NameCodec;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Names are bytes on one side and text on the other. What must hold:
 *
 * <ul>
 *   <li>bytes become text, and that the same bytes again, whatever they are;
 *   <li>a name is a path of one name, and is itself again behind a URI;
 *   <li>a text that is no path, for a zero or half of a character, is an {@link
 *       InvalidPathException}, and any other a path whose text is a path, the same one.
 * </ul>
 */
public final class NameProgram {
    private NameProgram() {}

    /** Encodes and decodes. */
    public static void run(byte[] bytes) {
        run(bytes, NameCodec::decode);
    }

    /** The same, by a codec that takes what is not UTF-8 for a question mark. */
    public static void withReplacements(byte[] bytes) {
        run(bytes, name -> new String(name, StandardCharsets.UTF_8));
    }

    private static void run(byte[] bytes, Function<byte[], String> decoder) {
        Input input = new Input(bytes);
        if (input.flag()) {
            name(input.bytes(255), decoder);
        } else {
            text(input);
        }
    }

    private static void name(byte[] name, Function<byte[], String> decoder) {
        String text = decoder.apply(name);
        Must.hold(NameCodec.isEncodable(text), "a text that no bytes stand for", text);
        byte[] again = NameCodec.encode(text);
        Must.hold(Arrays.equals(again, name), "other bytes than before", name, again);
        Landmarks.reach(
                Arrays.equals(text.getBytes(StandardCharsets.UTF_8), name)
                        ? "name of UTF-8"
                        : "name of other bytes");
        if (name.length > 0 && text.indexOf('/') < 0 && text.indexOf('\0') < 0) {
            LexicalPath path = LexicalPath.parse(text);
            Must.hold(path.names().equals(List.of(text)), "another name as a path", text);
            URI uri = ShareUri.of(text, "/" + text);
            Must.hold(ShareUri.name(uri).equals(text), "another name behind a URI", uri);
            Must.hold(ShareUri.path(uri).equals("/" + text), "another path behind a URI", uri);
        }
    }

    private static void text(Input input) {
        StringBuilder typed = new StringBuilder();
        while (!input.isExhausted() && typed.length() < 64) {
            int kind = input.below(8);
            typed.append(
                    switch (kind) {
                        case 0 -> (char) input.u16();
                        case 1 -> (char) (0xd800 | (input.u16() & 0x7ff));
                        case 2 -> (char) (0xdc80 | (input.u8() & 0x7f));
                        case 3 -> '/';
                        default -> (char) ('a' + kind);
                    });
        }
        String text = typed.toString();
        boolean isPath = text.indexOf('\0') < 0 && NameCodec.isEncodable(text);
        try {
            LexicalPath path = LexicalPath.parse(text);
            Must.hold(isPath, "a text that is none became a path", text);
            LexicalPath again = LexicalPath.parse(path.toString());
            Must.hold(again.equals(path), "another path of its own text", text);
            Must.hold(again.hashCode() == path.hashCode(), "another hash code", text);
            Must.hold(
                    NameCodec.decode(NameCodec.encode(path.toString())).equals(path.toString()),
                    "another text of its own bytes",
                    text);
            Landmarks.reach("path");
        } catch (InvalidPathException e) {
            Must.hold(!isPath, "a path was refused", text, e);
            Landmarks.reach("no path");
        }
    }
}
