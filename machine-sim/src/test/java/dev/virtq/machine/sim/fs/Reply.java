package dev.virtq.machine.sim.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** An answer of the device: its header, and the fields behind it, which are read in order. */
final class Reply {
    static final int HEADER = 16;

    final byte[] all;
    private final ByteBuffer bytes;

    Reply(byte[] all) {
        this.all = all;
        bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(Math.min(HEADER, all.length));
    }

    int length() {
        return bytes.getInt(0);
    }

    /** A number of errno.h; 0 for none. */
    int error() {
        return -bytes.getInt(4);
    }

    long unique() {
        return bytes.getLong(8);
    }

    int left() {
        return bytes.remaining();
    }

    int u16() {
        return bytes.getShort() & 0xffff;
    }

    int u32() {
        return bytes.getInt();
    }

    long u64() {
        return bytes.getLong();
    }

    Reply skip(int count) {
        bytes.position(bytes.position() + count);
        return this;
    }

    byte[] bytes(int count) {
        byte[] some = new byte[count];
        bytes.get(some);
        return some;
    }

    byte[] rest() {
        return Arrays.copyOfRange(all, HEADER, all.length);
    }

    Reply ok() {
        assertThat(error()).as("error").isZero();
        return this;
    }

    Reply failsWith(int errno) {
        assertThat(error()).as("error").isEqualTo(errno);
        assertThat(all).as("nothing but a header").hasSize(HEADER);
        return this;
    }
}
