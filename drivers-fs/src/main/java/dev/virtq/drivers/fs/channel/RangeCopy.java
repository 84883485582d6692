package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FileCalls.Place;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Copies from file to file within the share: by the server where it can, else through here. */
public final class RangeCopy {
    /** So much is done well within the time that a request has. */
    private static final long MOST_AT_ONCE = 64L << 20;

    private RangeCopy() {}

    /** {@return whether both files are the same server's, and the target takes positions} */
    static boolean isPossible(OpenHandle from, OpenHandle to) {
        return from.share() == to.share()
                && from.node() != to.node()
                && !from.isDirectory()
                && !to.isDirectory()
                && !to.modes().appends();
    }

    /**
     * Copies a whole file.
     *
     * @param from the file; open to read
     * @param to where to; open to write
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public static void copyAll(OpenHandle from, OpenHandle to) throws IOException {
        Transfers reading = new Transfers(from);
        Transfers writing = new Transfers(to);
        long done = 0;
        long count;
        do {
            count = copy(from, reading, done, to, writing, done, MOST_AT_ONCE);
            done += count;
        } while (count == MOST_AT_ONCE);
    }

    static long copy(
            OpenHandle from,
            Transfers reading,
            long fromOffset,
            OpenHandle to,
            Transfers writing,
            long toOffset,
            long count)
            throws IOException {
        long done = 0;
        try {
            while (done < count) {
                Place source = new Place(from.node().id(), from.file(), fromOffset + done);
                Place target = new Place(to.node().id(), to.file(), toOffset + done);
                long part = Math.min(MOST_AT_ONCE, count - done);
                long copied = from.client().files().copy(source, target, part);
                if (copied == 0) {
                    break; // at the end, or of a file system that copies nothing: a read tells
                }
                done += copied;
            }
        } catch (IOException e) {
            if (!ShareErrors.isUnknown(e)
                    && !ShareErrors.is(e, Errno.EXDEV, Errno.EINVAL, Errno.EBADF)) {
                throw e;
            }
        } finally {
            to.changed();
        }
        return done < count
                ? done + relay(reading, fromOffset + done, writing, toOffset + done, count - done)
                : done;
    }

    private static long relay(
            Transfers from, long fromOffset, Transfers to, long toOffset, long count)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, Relay.BUFFER));
        long done = 0;
        while (done < count) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), count - done));
            if (from.read(buffer, fromOffset + done) < 0) {
                break;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                int written = to.write(buffer, toOffset + done);
                if (written == 0) {
                    throw new IOException("the server writes nothing, and does not say why");
                }
                done += written;
            }
        }
        return done;
    }
}
