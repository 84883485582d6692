package dev.virtq.drivers.fs.fuse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes the fields of a request one behind the other, little-endian. */
final class MessageWriter {
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int USUAL = 128; // most requests are a few fields and a name

    private byte[] bytes = new byte[USUAL];
    private int length;

    MessageWriter u32(int value) {
        int at = extend(Integer.BYTES);
        INT.set(bytes, at, value);
        return this;
    }

    MessageWriter u64(long value) {
        int at = extend(Long.BYTES);
        LONG.set(bytes, at, value);
        return this;
    }

    /** A name, ended by a zero. */
    MessageWriter name(byte[] name) {
        bytes(name);
        extend(1);
        return this;
    }

    MessageWriter bytes(byte[] source) {
        int at = extend(source.length);
        System.arraycopy(source, 0, bytes, at, source.length);
        return this;
    }

    /** Fields that are zero. */
    MessageWriter zeros(int count) {
        extend(count);
        return this;
    }

    int length() {
        return length;
    }

    /** {@return a copy of the fields} */
    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** {@return the fields, and room behind them} */
    byte[] array() {
        return bytes;
    }

    private int extend(int count) {
        int at = length;
        length += count;
        if (length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length, 2 * bytes.length));
        }
        return at;
    }
}
