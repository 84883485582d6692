package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One request, from its first field to its answer. The header is written by the connection; what is
 * sent and received beside it lies where it is.
 */
final class FuseCall {
    /** {@code struct fuse_in_header}, virtio 1.4, section 5.11.6. */
    static final int HEADER = 40;

    /** {@code struct fuse_out_header}. */
    static final int REPLY_HEADER = 16;

    /** A header, the longest fixed fields, and two paths of 4 KiB. */
    static final int HEAD_SIZE = 12 << 10;

    /** The longest answer whose bytes are fields, and not a payload. */
    static final int REPLY_SIZE = 1024;

    /** The most bytes of names or of an attribute, whatever is allowed for a file's. */
    static final int LARGEST_LISTING = 64 << 10;

    final FuseOpcode opcode;
    final long node;
    private final FuseConnection connection;
    private final MessageWriter writer = new MessageWriter();
    private @Nullable MemorySegment sent;
    private @Nullable MemorySegment received;
    private boolean patient;
    private int extensions;

    FuseCall(FuseConnection connection, FuseOpcode opcode, long node) {
        this.connection = connection;
        this.opcode = opcode;
        this.node = node;
    }

    FuseCall u32(int value) {
        writer.u32(value);
        return this;
    }

    FuseCall u64(long value) {
        writer.u64(value);
        return this;
    }

    FuseCall name(byte[] name) {
        writer.name(name);
        return this;
    }

    FuseCall bytes(byte[] bytes) {
        writer.bytes(bytes);
        return this;
    }

    FuseCall zeros(int count) {
        writer.zeros(count);
        return this;
    }

    /** Its last fields are extensions, of so many times 8 bytes. */
    FuseCall extendedBy(int units) {
        extensions = units;
        return this;
    }

    /** A payload that the device reads behind the fields. */
    FuseCall sending(MemorySegment payload) {
        sent = payload;
        return this;
    }

    /** Where the device writes what follows the header of its answer. */
    FuseCall receiving(MemorySegment payload) {
        received = payload;
        return this;
    }

    /** It may take as long as it takes: a lock. */
    FuseCall patiently() {
        patient = true;
        return this;
    }

    /** Asks, and reads an answer of exactly so many bytes of fields. */
    MessageReader answer(int size) throws IOException {
        MessageReader fields = connection.exchange(this, size).fields();
        if (fields.left() != size) {
            throw fields.nonsense(
                    "%d bytes of fields (expected: %d)".formatted(fields.left(), size));
        }
        return fields;
    }

    /** Asks, and gives how many bytes of payload came. */
    int payload() throws IOException {
        return connection.exchange(this, 0).payload();
    }

    /** Asks, and expects no more than that it succeeded. */
    void done() throws IOException {
        answer(0);
    }

    MessageWriter fields() {
        return writer;
    }

    @Nullable MemorySegment sent() {
        return sent;
    }

    @Nullable MemorySegment received() {
        return received;
    }

    /** {@return how many times 8 bytes of its fields are extensions} */
    int extensions() {
        return extensions;
    }

    boolean isPatient() {
        return patient;
    }

    /**
     * What came.
     *
     * @param fields what follows the header, where it is fields
     * @param payload how many bytes of payload there are, where it is that
     */
    record Answer(MessageReader fields, int payload) {}
}
