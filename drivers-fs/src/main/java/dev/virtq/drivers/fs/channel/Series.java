package dev.virtq.drivers.fs.channel;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Several buffers that are filled, or written, one behind the other. */
final class Series {
    /** What is no more than this goes in one request: a copy costs less than a request. */
    private static final int SMALL = 64 << 10;

    private final Transfers transfers;
    private final ByteBuffer[] buffers;
    private final int from;
    private final int count;

    Series(Transfers transfers, ByteBuffer[] buffers, int from, int count) {
        this.transfers = transfers;
        this.buffers = buffers;
        this.from = from;
        this.count = count;
    }

    private long remaining() {
        long sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += buffers[i].remaining();
        }
        return sum;
    }

    long read(long position) throws IOException {
        long wanted = remaining();
        if (count > 1 && wanted <= SMALL) {
            return scatter(position, (int) wanted);
        }
        long sum = 0;
        for (int i = from; i < from + count; i++) {
            int asked = buffers[i].remaining();
            int done = transfers.read(buffers[i], position + sum);
            if (done < 0) {
                return sum == 0 ? -1 : sum;
            }
            sum += done;
            if (done < asked) {
                break;
            }
        }
        return sum;
    }

    private long scatter(long position, int wanted) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(wanted);
        int done = transfers.read(all, position);
        all.flip();
        for (int i = from; i < from + count; i++) {
            int part = Math.min(all.remaining(), buffers[i].remaining());
            buffers[i].put(all.slice(all.position(), part));
            all.position(all.position() + part);
        }
        return done;
    }

    long write(long position) throws IOException {
        long wanted = remaining();
        if (count > 1 && wanted <= SMALL) {
            return gather(position, (int) wanted);
        }
        long sum = 0;
        for (int i = from; i < from + count; i++) {
            int asked = buffers[i].remaining();
            int done = transfers.write(buffers[i], position + sum);
            sum += done;
            if (done < asked) {
                break;
            }
        }
        return sum;
    }

    private long gather(long position, int wanted) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(wanted);
        for (int i = from; i < from + count; i++) {
            all.put(buffers[i].duplicate());
        }
        int done = transfers.write(all.flip(), position);
        int left = done;
        for (int i = from; i < from + count; i++) {
            int part = Math.min(left, buffers[i].remaining());
            buffers[i].position(buffers[i].position() + part);
            left -= part;
        }
        return done;
    }
}
