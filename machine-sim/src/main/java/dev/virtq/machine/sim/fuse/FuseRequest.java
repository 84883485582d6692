package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.FileName;
import dev.virtq.queue.ring.DriverFaultException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request: {@code struct fuse_in_header}, and the fields behind it, which are read in order. It
 * is a copy that the driver cannot change.
 */
public final class FuseRequest {
    /** Bytes of {@code struct fuse_in_header}. */
    public static final int HEADER = 40;

    private final ByteBuffer bytes;
    private final int number;
    private final long unique;
    private final long node;
    private final Caller caller;
    private final int extensionUnits;

    /**
     * Takes a request apart.
     *
     * @param copy all of its bytes, from the header on
     * @throws DriverFaultException when it is none
     */
    public FuseRequest(byte[] copy) {
        if (copy.length < HEADER) {
            throw new DriverFaultException(
                    "a FUSE request of %d bytes (expected: %d or more)"
                            .formatted(copy.length, HEADER),
                    "5.11.6");
        }
        bytes = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.getInt();
        number = bytes.getInt();
        unique = bytes.getLong();
        node = bytes.getLong();
        int user = bytes.getInt();
        int group = bytes.getInt();
        caller = new Caller(user, group, Set.of());
        bytes.getInt(); // the process
        extensionUnits = bytes.getShort() & 0xffff;
        bytes.position(HEADER);
        if (length != copy.length) {
            throw new DriverFaultException(
                    "a FUSE request whose header says %s bytes, in buffers of %d"
                            .formatted(Integer.toUnsignedString(length), copy.length),
                    "5.11.6");
        }
    }

    /** {@return the number of what is asked for} */
    public int number() {
        return number;
    }

    /** {@return what is asked for; {@code null} when the server does not know that} */
    @Nullable Opcode opcode() {
        return Opcode.of(number);
    }

    /** {@return whether it belongs on the high-priority queue} */
    public boolean isHighPriority() {
        Opcode opcode = opcode();
        return opcode != null && opcode.isHighPriority();
    }

    /** {@return the number that the answer has to have} */
    public long unique() {
        return unique;
    }

    long node() {
        return node;
    }

    Caller caller() {
        return caller;
    }

    /** {@return how many times 8 bytes at its end are extensions, as it says} */
    int extensionUnits() {
        return extensionUnits;
    }

    int left() {
        return bytes.remaining();
    }

    int u32() throws FileError {
        check(Integer.BYTES);
        return bytes.getInt();
    }

    long u64() throws FileError {
        check(Long.BYTES);
        return bytes.getLong();
    }

    void skip(int count) throws FileError {
        check(count);
        bytes.position(bytes.position() + count);
    }

    /** {@return the bytes up to a zero, which is passed over} */
    byte[] string() throws FileError {
        int from = bytes.position();
        for (int at = from; at < bytes.limit(); at++) {
            if (bytes.get(at) == 0) {
                bytes.position(at + 1);
                return Arrays.copyOfRange(bytes.array(), from, at);
            }
        }
        throw Errno.EINVAL.error();
    }

    FileName name() throws FileError {
        return FileName.of(string());
    }

    /** {@return as many bytes as it says, not copied} */
    ByteBuffer payload(int count) throws FileError {
        check(count);
        ByteBuffer part = bytes.slice(bytes.position(), count);
        bytes.position(bytes.position() + count);
        return part;
    }

    byte[] bytes(int count) throws FileError {
        byte[] copy = new byte[Math.clamp(count, 0, left())];
        check(count);
        bytes.get(copy);
        return copy;
    }

    private void check(int count) throws FileError {
        if (count < 0 || count > bytes.remaining()) {
            throw Errno.EINVAL.error();
        }
    }

    /** {@return what is asked for, and of which node} */
    @Override
    public String toString() {
        Opcode opcode = opcode();
        return "FUSE_%s of node %d".formatted(opcode == null ? "request " + number : opcode, node);
    }
}
