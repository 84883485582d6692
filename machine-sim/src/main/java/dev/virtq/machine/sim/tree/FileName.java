package dev.virtq.machine.sim.tree;

import java.nio.charset.StandardCharsets;

/**
 * One name in a directory. Names are bytes, and need not be text in any encoding; they are kept as
 * strings with one char for each byte, which compare and hash as the bytes do.
 *
 * @param latin1 a char from 1 to 255 for each byte, 1 to 255 of them, no slash among them
 */
public record FileName(String latin1) {
    /** The most bytes of a name. */
    public static final int LONGEST = 255;

    /**
     * {@return a name}
     *
     * @param bytes its bytes, without an end
     * @throws FileError EINVAL when it is no single name: empty, with a slash or a zero in it, or
     *     one that leads elsewhere ({@code .} and {@code ..}); ENAMETOOLONG when it is too long
     */
    public static FileName of(byte[] bytes) throws FileError {
        String name = new String(bytes, StandardCharsets.ISO_8859_1);
        if (bytes.length == 0
                || name.indexOf('/') >= 0
                || name.indexOf('\0') >= 0
                || name.equals(".")
                || name.equals("..")) {
            throw Errno.EINVAL.error();
        }
        if (bytes.length > LONGEST) {
            throw Errno.ENAMETOOLONG.error();
        }
        return new FileName(name);
    }

    /** {@return its bytes} */
    public byte[] bytes() {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }
}
