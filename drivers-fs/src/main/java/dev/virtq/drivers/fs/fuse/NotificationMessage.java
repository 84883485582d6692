package dev.virtq.drivers.fs.fuse;

import dev.virtq.drivers.fs.fuse.FuseNotification.Deleted;
import dev.virtq.drivers.fs.fuse.FuseNotification.EpochEnded;
import dev.virtq.drivers.fs.fuse.FuseNotification.InvalidEntry;
import dev.virtq.drivers.fs.fuse.FuseNotification.InvalidNode;
import dev.virtq.drivers.fs.fuse.FuseNotification.Pruned;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A notification as it lies in its buffer: {@code struct fuse_out_header}, whose error is a code
 * and whose number is 0, and the fields of that code. Nothing of it is believed before it was
 * checked.
 */
final class NotificationMessage {
    private static final int LONGEST_NAME = 255;

    private NotificationMessage() {}

    /**
     * Reads one, from a copy that the device cannot change.
     *
     * @param bytes as many as the device has written
     * @return what it says; null when it asks for what is not done here
     * @throws FuseProtocolException when it makes no sense
     */
    static @Nullable FuseNotification read(byte[] bytes) throws FuseProtocolException {
        MessageReader header = new MessageReader("header", bytes);
        long length = header.u32() & 0xffff_ffffL;
        int number = header.u32();
        long unique = header.u64();
        if (length < FuseCall.REPLY_HEADER || length > bytes.length) {
            throw header.nonsense(
                    "it says to have %d bytes, and the device wrote %d"
                            .formatted(length, bytes.length));
        }
        if (unique != 0) {
            throw header.nonsense("it is for request %d (expected: 0)".formatted(unique));
        }
        if (number <= 0) {
            throw header.nonsense("code %d (expected: 1 or more)".formatted(number));
        }
        NotificationCode code = NotificationCode.of(number);
        if (code == null) {
            return null;
        }
        byte[] fields = header.bytes((int) length - FuseCall.REPLY_HEADER);
        MessageReader in = new MessageReader(code, fields);
        FuseNotification notification =
                switch (code) {
                    case INVAL_INODE -> new InvalidNode(in.u64(), in.u64(), in.u64());
                    case INVAL_ENTRY -> entry(in);
                    case DELETE -> deleted(in);
                    case INC_EPOCH -> new EpochEnded();
                    case PRUNE -> pruned(in);
                };
        if (in.left() > 0) {
            throw in.nonsense("%d bytes behind its fields".formatted(in.left()));
        }
        return notification;
    }

    /** {@code struct fuse_notify_inval_entry_out}; whatever its flags are, the name is dropped. */
    private static InvalidEntry entry(MessageReader in) throws FuseProtocolException {
        long directory = in.u64();
        int length = in.u32();
        in.u32(); // flags
        return new InvalidEntry(directory, name(in, length));
    }

    /** {@code struct fuse_notify_delete_out}. */
    private static Deleted deleted(MessageReader in) throws FuseProtocolException {
        long directory = in.u64();
        long node = in.u64();
        int length = in.u32();
        in.u32();
        return new Deleted(directory, node, name(in, length));
    }

    /** {@code struct fuse_notify_prune_out}. */
    private static Pruned pruned(MessageReader in) throws FuseProtocolException {
        long count = in.u32() & 0xffff_ffffL;
        in.skip(12);
        if (count * Long.BYTES != in.left()) {
            throw in.nonsense("%d nodes in %d bytes".formatted(count, in.left()));
        }
        List<Long> nodes = new ArrayList<>();
        while (in.left() > 0) {
            nodes.add(in.u64());
        }
        return new Pruned(nodes);
    }

    private static byte[] name(MessageReader in, int length) throws FuseProtocolException {
        if (length < 1 || length > LONGEST_NAME) {
            throw in.nonsense(
                    "a name of %s bytes (expected: 1..255)"
                            .formatted(Integer.toUnsignedString(length)));
        }
        byte[] name = in.bytes(length);
        for (byte octet : name) {
            if (octet == '/' || octet == 0) {
                throw in.nonsense(
                        "a name with a %s in it".formatted(octet == 0 ? "zero" : "slash"));
            }
        }
        if (in.bytes(1)[0] != 0) {
            throw in.nonsense("its name is not ended by a zero");
        }
        return name;
    }
}
