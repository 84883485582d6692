package dev.virtq.drivers.net;

import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Receive buffers that the device has used and that have not gone back to it: first those that were
 * opened, which wait to go back, then those that nobody has looked at.
 *
 * <p>They are taken from the ring many at a time, and then all their headers are read. So the
 * processor waits for the cache lines that the device wrote all at once, and not for one after the
 * other. And each header is in two numbers of the driver's before anybody believes it, since a
 * device that breaks the rules still writes to the buffers.
 */
final class TakenBuffers {
    private final Virtqueue queue;
    private final OwnTransfers own;

    /** What came from the ring at once; behind a stranger some may wait here. */
    private final @Nullable TransferToken[] polled;

    private int nextPolled;
    private int polledCount;

    /** What goes back to the ring at once. */
    private final TransferToken[] goingBack;

    private final @Nullable OwnTransfer[] buffers;
    private final long[] headerStarts;
    private final int[] headerEnds;

    /** What somebody else has submitted, until all frames before it were looked at. */
    private @Nullable TransferToken stranger;

    private int removed;
    private int opened;
    private int count;

    TakenBuffers(Virtqueue queue, OwnTransfers own) {
        this.queue = queue;
        this.own = own;
        polled = new TransferToken[queue.size()];
        goingBack = new TransferToken[queue.size()];
        buffers = new OwnTransfer[queue.size()];
        headerStarts = new long[queue.size()];
        headerEnds = new int[queue.size()];
    }

    /**
     * Takes buffers from the ring, when none is left that nobody has looked at.
     *
     * @param most how many to take
     * @return whether there is one to be looked at
     */
    boolean fetch(int most) {
        return hasNext() || have(1, most);
    }

    /** Flushes, and waits for a buffer. {@return whether there is one} */
    boolean fetch(Duration timeout) throws InterruptedException {
        TransferToken token = queue.poll(timeout);
        if (token == null) {
            return false;
        }
        add(own.of(token));
        readHeaders(count - 1);
        return true;
    }

    /**
     * Takes buffers from the ring.
     *
     * @param needed how many there must be that nobody has looked at
     * @param wanted how many to take, so that there are as many
     * @return whether there are as many as are needed
     * @throws IllegalStateException when somebody else's transfer is in the way
     */
    boolean have(int needed, int wanted) {
        moveUp();
        while (waiting() < wanted && stranger == null && take(wanted) && waiting() < needed) {
            // There is more than one place where they can be.
        }
        TransferToken found = stranger;
        if (found != null && waiting() < needed) {
            stranger = null;
            throw own.notOwn(found);
        }
        return waiting() >= needed;
    }

    /** {@return how many were taken, and nobody has looked at them} */
    int waiting() {
        return count - opened;
    }

    boolean hasNext() {
        return opened < count;
    }

    /** {@return the next buffer, which is open then} */
    OwnTransfer next() {
        return at(opened++);
    }

    /** Opens what is left: nobody will look at it, and nobody knows how much is in it. */
    void openAll(int bufferSize) {
        for (int i = removed; i < count; i++) {
            at(i).dirty = bufferSize;
        }
        opened = count;
    }

    /** {@return the first 8 bytes of the header in the buffer that was opened last} */
    long headerStart() {
        return headerStarts[opened - 1];
    }

    /** {@return the last 4 bytes of the header in the buffer that was opened last} */
    int headerEnd() {
        return headerEnds[opened - 1];
    }

    /**
     * {@return how many of the driver's buffers nobody has looked at; the device has, or had, them}
     */
    int unopened() {
        return own.count() - (opened - removed);
    }

    /** {@return how many buffers were opened and have not gone back} */
    int openedCount() {
        return opened - removed;
    }

    /** {@return one of those that were opened and have not gone back} */
    OwnTransfer opened(int index) {
        return at(removed + index);
    }

    /** Gives the opened buffers back to the queue; when that fails, those that cannot be stay. */
    void giveBackOpened() {
        int all = openedCount();
        for (int i = 0; i < all; i++) {
            goingBack[i] = opened(i).token;
        }
        int gone = 0;
        try {
            queue.submit(goingBack, 0, all);
            gone = all;
        } finally {
            while (gone < all && goingBack[gone].state().isWithDevice()) {
                gone++; // it went before the one that could not
            }
            removeOpened(gone);
        }
    }

    private void removeOpened(int number) {
        removed += number;
        if (removed == count) {
            removed = 0;
            opened = 0;
            count = 0;
        }
    }

    private OwnTransfer at(int index) {
        OwnTransfer transfer = buffers[index];
        if (transfer == null) {
            throw new AssertionError("no buffer was taken to place " + index);
        }
        return transfer;
    }

    /** {@return whether there was any} */
    private boolean take(int wanted) {
        if (nextPolled == polledCount && !poll(wanted - waiting())) {
            return false;
        }
        addPolled(wanted);
        return true;
    }

    private boolean poll(int wanted) {
        nextPolled = 0;
        polledCount = 0; // should the next line throw
        polledCount = queue.poll(polled, 0, Math.min(wanted, polled.length));
        return polledCount > 0;
    }

    private void addPolled(int wanted) {
        int from = count;
        addOwnPolled(wanted);
        readHeaders(from);
    }

    private void addOwnPolled(int wanted) {
        while (nextPolled < polledCount && waiting() < wanted) {
            TransferToken token = Objects.requireNonNull(polled[nextPolled++]);
            OwnTransfer transfer = own.find(token);
            if (transfer == null) {
                stranger = token; // after the frames before it
                return;
            }
            add(transfer);
        }
    }

    private void add(OwnTransfer transfer) {
        buffers[count++] = transfer;
    }

    /** What was removed makes room: there are never more than the queue has entries. */
    private void moveUp() {
        if (removed > 0) {
            int kept = count - removed;
            System.arraycopy(buffers, removed, buffers, 0, kept);
            System.arraycopy(headerStarts, removed, headerStarts, 0, kept);
            System.arraycopy(headerEnds, removed, headerEnds, 0, kept);
            opened -= removed;
            count = kept;
            removed = 0;
        }
    }

    private void readHeaders(int from) {
        for (int i = from; i < count; i++) {
            MemorySegment buffer = at(i).buffer;
            headerStarts[i] = NetHeader.start(buffer);
            headerEnds[i] = NetHeader.end(buffer);
        }
    }
}
