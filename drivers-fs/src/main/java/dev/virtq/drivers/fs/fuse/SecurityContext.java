package dev.virtq.drivers.fs.fuse;

import java.nio.charset.StandardCharsets;

/**
 * A label that each new file gets in the moment in which it is made: an extended attribute of the
 * server's security module.
 *
 * @param name of the attribute, as in {@code security.selinux}; 1 to 255 bytes of UTF-8
 * @param value its value, as that module has it: SELinux ends it with a zero
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares these records
public record SecurityContext(String name, byte[] value) {
    private static final int LONGEST_NAME = 255;
    private static final int LARGEST = 4096;

    /** Refuses what no attribute can be called, and values that are too large to be sent. */
    public SecurityContext {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > LONGEST_NAME || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a security context called '%s' (expected: 1..%d bytes, none of them 0)"
                            .formatted(name, LONGEST_NAME));
        }
        if (value.length > LARGEST) {
            throw new IllegalArgumentException(
                    "a security context of %d bytes (expected: %d at most)"
                            .formatted(value.length, LARGEST));
        }
        value = value.clone();
    }

    /** {@return a copy of its value} */
    @Override
    public byte[] value() {
        return value.clone();
    }
}
