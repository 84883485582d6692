package dev.virtq.queue.ring;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.QueueSnapshot;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A driver end without a ring: it keeps the contract of {@link DriverRing}, in lists, and refuses
 * callers who break theirs. The test plays the device: {@link #take} and {@link #use} may be called
 * from another thread, everything else comes from the queue.
 */
public final class FakeRing implements DriverRing {
    private enum Where {
        FREE,
        RESERVED,
        STAGED,
        WITH_DEVICE
    }

    private record Used(int id, long length, @Nullable DeviceFaultException fault) {}

    private final int size;
    private final DmaMemory memory;
    private final Where[] where;
    private final @Nullable Chain[] chains;
    private final Deque<Integer> freeIds = new ArrayDeque<>();
    private final Deque<Integer> staged = new ArrayDeque<>();
    private final Queue<Integer> available = new ConcurrentLinkedQueue<>();
    private final Queue<Used> used = new ConcurrentLinkedQueue<>();
    private final AtomicReference<String> end = new AtomicReference<>("");
    private int freeSlots;
    private int published;
    private int judged;
    private long usedLength;

    /** Whether the device wants to be notified. */
    public volatile boolean deviceWants = true;

    /** Whether the driver wants to be notified. */
    public volatile boolean driverWants;

    /** How often lengths were changed. */
    public int rewrites;

    /** How often it started afresh. */
    public int restarts;

    /**
     * Makes a ring.
     *
     * @param size how many entries
     * @param memory where the chains' addresses lead
     */
    public FakeRing(int size, DmaMemory memory) {
        this.size = size;
        this.memory = memory;
        where = new Where[size];
        chains = new Chain[size];
        freeSlots = size;
        for (int id = 0; id < size; id++) {
            where[id] = Where.FREE;
            freeIds.add(id);
        }
    }

    // ---- the device's end

    /** {@return the next available chain; -1 when there is none} */
    public int take() {
        Integer id = available.poll();
        return id == null ? NOTHING : id;
    }

    /** Uses a chain that was taken. */
    public void use(int id, long length) {
        used.add(new Used(id, length, null));
    }

    /** Takes the next chain and uses it. {@return its id} */
    public int complete(long length) {
        int id = take();
        if (id == NOTHING) {
            throw new IllegalStateException("nothing is available");
        }
        use(id, length);
        return id;
    }

    /** Takes the next chain, writes bytes into it and uses it. */
    public void completeWith(byte... bytes) {
        int id = take();
        MemorySegment source = MemorySegment.ofArray(bytes);
        DeviceChain chain = new DeviceChain(memory);
        chain.begin(id);
        Chain taken = chain(id);
        for (int i = 0; i < taken.count(); i++) {
            chain.add(
                    taken.address(i),
                    Integer.toUnsignedLong(taken.length(i)),
                    i >= taken.readableCount());
        }
        use(id, chain.write(0, source));
    }

    /** Lets the driver's next look at the ring find that the device broke a rule. */
    public void fault(String what) {
        used.add(new Used(NOTHING, 0, new DeviceFaultException(what, "2.7.8", "used ring slot 0")));
    }

    /** {@return how many chains the device could take} */
    public int availableCount() {
        return available.size();
    }

    /** {@return {@code freed}, {@code quarantined} or nothing} */
    public String end() {
        return end.get();
    }

    /** {@return the chain behind an id} */
    public Chain chain(int id) {
        Chain chain = chains[id];
        if (chain == null) {
            throw new IllegalStateException("no chain " + id);
        }
        return chain;
    }

    // ---- the driver's end

    @Override
    public int size() {
        return size;
    }

    @Override
    public boolean fits(FeatureSet accepted) {
        return true;
    }

    @Override
    public QueueSetup setup() {
        return new QueueSetup(size, 0x1000, 0x2000, 0x3000, 0);
    }

    @Override
    public int reserve(Chain chain) {
        checkAlive();
        if (chain.capacity() > size) {
            throw new IllegalArgumentException("a chain of " + chain.capacity());
        }
        if (chain.capacity() > freeSlots) {
            throw new QueueFullException(
                    "%d entries needed, %d free".formatted(chain.capacity(), freeSlots));
        }
        freeSlots -= chain.capacity();
        int id = freeIds.removeFirst();
        chains[id] = chain;
        where[id] = Where.RESERVED;
        return id;
    }

    @Override
    public void release(int id) {
        move(id, Where.RESERVED, Where.FREE);
        freeSlots += chain(id).capacity();
        chains[id] = null;
        freeIds.addFirst(id); // the id is used again at once: what is stale shows
    }

    @Override
    public void rewrite(int id) {
        move(id, Where.RESERVED, Where.RESERVED);
        rewrites++;
    }

    @Override
    public void stage(int id) {
        move(id, Where.RESERVED, Where.STAGED);
        staged.add(id);
    }

    @Override
    public void unstage(int id) {
        move(id, Where.STAGED, Where.RESERVED);
        staged.remove((Integer) id);
    }

    @Override
    public int publish() {
        checkAlive();
        int count = staged.size();
        Integer id;
        while ((id = staged.poll()) != null) {
            where[id] = Where.WITH_DEVICE;
            published++;
            available.add(id);
        }
        return count;
    }

    @Override
    public boolean deviceWantsNotification() {
        checkAlive();
        boolean wants = deviceWants && published != judged;
        judged = published;
        return wants;
    }

    @Override
    public int nextAvailable() {
        return published & 0xffff;
    }

    @Override
    public boolean isAnyUsed() { // whoever waits for a shared queue looks at any time
        return !used.isEmpty();
    }

    @Override
    public int poll() {
        checkAlive();
        Used next = used.peek();
        if (next == null) {
            return NOTHING;
        }
        if (next.fault != null) {
            throw next.fault; // and so again: a ring that is broken stays so
        }
        used.remove();
        move(next.id, Where.WITH_DEVICE, Where.RESERVED);
        usedLength = next.length;
        return next.id;
    }

    @Override
    public long usedLength() {
        return usedLength;
    }

    @Override
    public boolean usedLengthIsAssumed() {
        return false;
    }

    @Override
    public boolean enableNotifications() {
        checkAlive();
        driverWants = true;
        return !used.isEmpty();
    }

    @Override
    public void disableNotifications() {
        checkAlive();
        driverWants = false;
    }

    @Override
    public int inFlight() {
        int count = 0;
        for (Where each : where) {
            if (each == Where.WITH_DEVICE) {
                count++;
            }
        }
        return count;
    }

    @Override
    public int room() {
        return freeSlots;
    }

    @Override
    public void restart() {
        checkAlive();
        staged.clear();
        available.clear();
        used.clear();
        published = 0;
        judged = 0;
        restarts++;
        for (int id = 0; id < size; id++) {
            if (where[id] != Where.FREE) {
                where[id] = Where.RESERVED;
            }
        }
    }

    @Override
    public void free() {
        for (int id = 0; id < size; id++) {
            if (where[id] == Where.WITH_DEVICE || where[id] == Where.STAGED) {
                throw new AssertionError("freed with chain " + id + " " + where[id]);
            }
        }
        finish("freed");
    }

    @Override
    public void quarantine() {
        finish("quarantined");
    }

    @Override
    public QueueSnapshot snapshot() {
        List<QueueSnapshot.ChainView> views = new ArrayList<>();
        QueueSnapshot.Suppression none = new QueueSnapshot.Suppression(true, "fake");
        return new QueueSnapshot(
                0,
                "fake",
                size,
                0,
                0,
                0,
                new QueueSnapshot.Indices(
                        published,
                        0,
                        Optional.of(staged.size()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                List.of(),
                views,
                none,
                none,
                new QueueSnapshot.NextKick(available.size(), staged.size(), deviceWants),
                List.of(),
                List.of());
    }

    private void finish(String how) {
        if (!end.compareAndSet("", how)) {
            throw new AssertionError(how + " after it was " + end.get());
        }
    }

    private void checkAlive() {
        if (!end.get().isEmpty()) {
            throw new AssertionError("the ring is used after it was " + end.get());
        }
    }

    private void move(int id, Where from, Where to) {
        checkAlive();
        if (where[id] != from) {
            throw new AssertionError("chain " + id + " is " + where[id] + ", not " + from);
        }
        where[id] = to;
    }
}
