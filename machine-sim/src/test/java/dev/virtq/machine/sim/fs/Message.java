package dev.virtq.machine.sim.fs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The fields of a FUSE request, little-endian, as they are written one after the other. */
final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    static Message empty() {
        return new Message();
    }

    /** A message that is a name. */
    static Message of(String name) {
        return new Message().name(name);
    }

    Message u16(int value) {
        bytes.write(value);
        bytes.write(value >> 8);
        return this;
    }

    Message u32(int value) {
        return u16(value).u16(value >> 16);
    }

    Message u64(long value) {
        return u32((int) value).u32((int) (value >> 32));
    }

    /** Text, and a zero behind it. */
    Message name(String name) {
        return name(name.getBytes(StandardCharsets.UTF_8));
    }

    Message name(byte[] name) {
        return bytes(name).zeros(1);
    }

    Message bytes(byte[] some) {
        bytes.writeBytes(some);
        return this;
    }

    Message zeros(int count) {
        return bytes(new byte[count]);
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
