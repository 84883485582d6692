package dev.virtq.proof.worlds;

import java.util.Arrays;

/**
 * Memory as two threads see it that do not see each other's stores at once: the release-acquire
 * fragment of the C11 model, with opaque (relaxed) accesses and sequentially consistent fences, for
 * two threads.
 *
 * <p>Each place has the messages that were stored there, oldest first. A load returns any of them
 * that is not older than what its side knows of: one that it has read, one of its own, or one that
 * happened before. What happened before is told by clocks, one for each side: a side's knowledge of
 * the other is a single number, the clock up to which it knows all of the other's stores.
 *
 * <p>Plain accesses have no choice: one that is not ordered with what the other side did there is a
 * data race, and a fault.
 */
final class SharedMemory {
    /** How many messages a place can keep: the newest, and two stale ones. */
    private static final int MESSAGES = 3;

    // For each message: whether fences have made it known to the other side.
    private static final int KNOWN_BY_FENCE = 0;
    private static final int BEFORE_LAST_FENCE = 1;
    private static final int SINCE_LAST_FENCE = 2;

    private static final int INITIAL_PLACES = 64;

    private final Places places;
    private final int kept;
    private final SideClocks clocks = new SideClocks();
    private boolean boundReached;

    private int[] count = new int[INITIAL_PLACES];
    private boolean[] dead = new boolean[INITIAL_PLACES];
    private final int[][] seen = new int[2][INITIAL_PLACES];
    private final int[][] plainRead = new int[2][INITIAL_PLACES];
    private final int[][] atomicRead = new int[2][INITIAL_PLACES];
    private long[] initial = new long[INITIAL_PLACES];

    private long[] value = new long[INITIAL_PLACES * MESSAGES];
    private int[] author = new int[INITIAL_PLACES * MESSAGES];
    private int[] epoch = new int[INITIAL_PLACES * MESSAGES];
    private int[] carried = new int[INITIAL_PLACES * MESSAGES];
    private int[] fenceAge = new int[INITIAL_PLACES * MESSAGES];
    private boolean[] isPlain = new boolean[INITIAL_PLACES * MESSAGES];

    /**
     * Begins with zeros.
     *
     * @param stale how many stale messages of a place are kept at most, 1 or 2: the bound of this
     *     model
     */
    SharedMemory(Places places, int stale) {
        this.places = places;
        kept = 1 + stale;
        Arrays.fill(count, 1);
    }

    /** {@return whether a load had fewer stale values to choose from than the model would give} */
    boolean isBoundReached() {
        return boundReached;
    }

    int place(long address, int width) {
        int place = places.find(address, width);
        if (place >= count.length) {
            grow();
        }
        return place;
    }

    /** Takes note that there is such a place, before anybody goes there. */
    void addPlace(long address, int width) {
        place(address, width);
    }

    void store(int side, int place, long stored, Order order) {
        places.note(place, order.isAtomic());
        int other = 1 - side;
        int last = place * MESSAGES + count[place] - 1;
        boolean knowsLast = happenedBefore(side, last);
        boolean inOrder =
                (order.isAtomic() && !isPlain[last])
                        ? knowsLast || seen[side][place] == count[place] - 1
                        : knowsLast;
        if (!inOrder) {
            throw race(side, "stores to", place, "a store of the other side");
        }
        if (!clocks.knows(side, plainRead[other][place])
                || (!order.isAtomic() && !clocks.knows(side, atomicRead[other][place]))) {
            throw race(side, "stores to", place, "a load of the other side");
        }
        push(side, place, stored, order);
    }

    private void push(int side, int place, long stored, Order order) {
        int last = place * MESSAGES + count[place] - 1;
        if (order == Order.OPAQUE
                && places.isAtomicOnly(place)
                && carried[last] == 0
                && value[last] == stored) {
            seen[side][place] = count[place] - 1;
            return; // a load cannot tell which of the two it returns: the older one stands for both
        }
        if (count[place] == kept) {
            boundReached = true;
            forgetOldest(place, 1);
        }
        int at = place * MESSAGES + count[place]++;
        value[at] = stored;
        author[at] = side;
        epoch[at] = clocks.now(side);
        fenceAge[at] = SINCE_LAST_FENCE;
        isPlain[at] = order == Order.PLAIN;
        carried[at] = order == Order.RELEASE ? clocks.release(side) : 0;
        seen[side][place] = count[place] - 1;
        dead[place] = false;
        if (order == Order.PLAIN) {
            forgetOldest(place, count[place] - 1); // ordered after them, and no load may race
        }
    }

    /** {@return how many messages a load could return} */
    int choices(int side, int place) {
        return count[place] - floor(side, place);
    }

    /**
     * Loads.
     *
     * @param choice 0 for the newest message
     */
    long load(int side, int place, Order order, int choice) {
        places.note(place, order.isAtomic());
        int other = 1 - side;
        int first = place * MESSAGES;
        int last = first + count[place] - 1;
        for (int at = first + floor(side, place); at <= last; at++) {
            if ((!order.isAtomic() || isPlain[at]) && !happenedBefore(side, at)) {
                throw race(side, "loads", place, "a store of the other side");
            }
        }
        if (dead[place]) {
            throw new Fault(
                    "the %s reads %s, which is over and done with"
                            .formatted(name(side), places.name(place)));
        }
        int at = last - choice;
        seen[side][place] = at - first;
        if (order.isAtomic()) {
            if (author[at] == other && order == Order.ACQUIRE) {
                clocks.learn(side, carried[at]);
            }
            if (places.isMixed(place)) {
                atomicRead[side][place] = clocks.now(side);
            }
        } else {
            plainRead[side][place] = clocks.now(side);
        }
        return value[at];
    }

    /** {@return what is at a place, before there are two sides} */
    long initial(int place) {
        return value[place * MESSAGES];
    }

    /** Sets what is at a place, before there are two sides. */
    void initialise(int place, long stored) {
        value[place * MESSAGES] = stored;
    }

    /**
     * A full fence. All fences of both sides are in one order: what the other side stored before
     * its last fence, this side knows now; what this side stored, the other knows after its next.
     */
    void fence(int side) {
        for (int place = 0; place < places.count(); place++) {
            for (int at = place * MESSAGES; at < place * MESSAGES + count[place]; at++) {
                if (author[at] == side) {
                    fenceAge[at] = Math.min(fenceAge[at], BEFORE_LAST_FENCE);
                } else if (fenceAge[at] == BEFORE_LAST_FENCE) {
                    fenceAge[at] = KNOWN_BY_FENCE;
                }
            }
        }
    }

    /** Says that nobody may read the value any more, until it is stored anew. */
    void kill(int place) {
        dead[place] = true;
    }

    /** After the set-up, in one thread: both sides know everything, and states are told from it. */
    void settle() {
        clocks.reset();
        for (int place = 0; place < places.count(); place++) {
            clear(place);
            initial[place] = value[place * MESSAGES];
        }
    }

    /** Turns a value into the one that stands for all that make no difference to it. */
    interface Canonical {
        long value(int offset, long value);
    }

    /** Writes the state in its canonical form. */
    void write(StateWriter out, Canonical canonical) {
        for (int place = 0; place < places.count(); place++) {
            if (places.isAtomicOnly(place)) {
                for (int at = place * MESSAGES; at < place * MESSAGES + count[place]; at++) {
                    value[at] = canonical.value(places.offset(place), value[at]);
                }
            }
        }
        normalise();
        clocks.write(out);
        for (int place = 0; place < places.count(); place++) {
            if (!isUntouched(place)) {
                out.put(place + 1);
                writePlace(out, place);
            }
        }
        out.put(0);
    }

    private void writePlace(StateWriter out, int place) {
        out.put(count[place]);
        out.put(
                (dead[place] ? 1 : 0)
                        | (seen[0][place] != 0 ? 2 : 0)
                        | (seen[1][place] != 0 ? 4 : 0));
        for (int side = 0; side < 2; side++) {
            if (seen[side][place] != 0) {
                out.put(seen[side][place]);
            }
            out.put(plainRead[side][place]);
            out.put(atomicRead[side][place]);
        }
        for (int at = place * MESSAGES; at < place * MESSAGES + count[place]; at++) {
            out.put(dead[place] ? 0 : value[at]);
            out.put(author[at] | (isPlain[at] ? 2 : 0));
            out.put(3L * epoch[at] + fenceAge[at]);
            out.put(carried[at]);
        }
    }

    void read(StateReader in) {
        clocks.read(in);
        for (int place = 0; place < places.count(); place++) {
            clear(place);
            count[place] = 1;
            value[place * MESSAGES] = initial[place];
        }
        for (int next = in.nextInt(); next != 0; next = in.nextInt()) {
            readPlace(in, next - 1);
        }
    }

    private void readPlace(StateReader in, int place) {
        count[place] = in.nextInt();
        int flags = in.nextInt();
        dead[place] = (flags & 1) != 0;
        for (int side = 0; side < 2; side++) {
            seen[side][place] = (flags & (2 << side)) != 0 ? in.nextInt() : 0;
            plainRead[side][place] = in.nextInt();
            atomicRead[side][place] = in.nextInt();
        }
        for (int at = place * MESSAGES; at < place * MESSAGES + count[place]; at++) {
            value[at] = in.next();
            int who = in.nextInt();
            author[at] = who & 1;
            isPlain[at] = (who & 2) != 0;
            int clock = in.nextInt();
            epoch[at] = clock / 3;
            fenceAge[at] = clock % 3;
            carried[at] = in.nextInt();
        }
    }

    /** Forgets what no load can tell apart any more. */
    private void normalise() {
        for (int place = 0; place < places.count(); place++) {
            int first = place * MESSAGES;
            for (int side = 0; side < 2; side++) {
                seen[side][place] = floor(side, place);
            }
            forgetOldest(place, Math.min(seen[0][place], seen[1][place]));
            if (places.isAtomicOnly(place)) {
                mergeEqual(place);
            }
            if (places.isAtomicOnly(place) || happenedBefore(1 - author[first], first)) {
                epoch[first] = 0; // that it was stored is known, or never asked for
                isPlain[first] = false;
            }
            clocks.note(author, epoch, carried, first, count[place]);
        }
        clocks.rank();
        for (int place = 0; place < places.count(); place++) {
            int first = place * MESSAGES;
            fenceAge[first] = 0; // there is nothing older left to return
            for (int at = first; at < first + count[place]; at++) {
                epoch[at] = clocks.ranked(author[at], epoch[at]);
                carried[at] = clocks.ranked(author[at], carried[at]);
            }
            if (epoch[first] == 0 && carried[first] == 0) {
                author[first] = 0;
            }
            for (int side = 0; side < 2; side++) {
                plainRead[side][place] = clocks.ranked(side, plainRead[side][place]);
                atomicRead[side][place] = clocks.ranked(side, atomicRead[side][place]);
            }
        }
        clocks.applyRanks();
    }

    /** Of opaque stores of the same value, one after the other, the oldest stands for all. */
    private void mergeEqual(int place) {
        int first = place * MESSAGES;
        int i = 1;
        while (i < count[place]) {
            int at = first + i;
            if (value[at] == value[at - 1] && (carried[at] | carried[at - 1]) == 0) {
                forget(place, i);
            } else {
                i++;
            }
        }
    }

    private void forget(int place, int forgotten) {
        int first = place * MESSAGES;
        for (int at = first + forgotten + 1; at < first + count[place]; at++) {
            value[at - 1] = value[at];
            author[at - 1] = author[at];
            epoch[at - 1] = epoch[at];
            fenceAge[at - 1] = fenceAge[at];
            carried[at - 1] = carried[at];
        }
        count[place]--;
        for (int side = 0; side < 2; side++) {
            seen[side][place] -= seen[side][place] >= forgotten ? 1 : 0;
        }
    }

    private int floor(int side, int place) {
        int first = place * MESSAGES;
        int at = count[place] - 1;
        while (at > seen[side][place]
                && !happenedBefore(side, first + at)
                && fenceAge[first + at] != KNOWN_BY_FENCE) {
            at--;
        }
        return at;
    }

    private boolean happenedBefore(int side, int at) {
        return author[at] == side || clocks.knows(side, epoch[at]);
    }

    private boolean isUntouched(int place) {
        int first = place * MESSAGES;
        return count[place] == 1
                && value[first] == initial[place]
                && !dead[place]
                && (author[first] | epoch[first] | carried[first]) == 0
                && !isPlain[first]
                && (plainRead[0][place] | plainRead[1][place]) == 0
                && (atomicRead[0][place] | atomicRead[1][place]) == 0;
    }

    private void clear(int place) {
        int first = place * MESSAGES;
        dead[place] = false;
        author[first] = 0;
        epoch[first] = 0;
        fenceAge[first] = 0;
        carried[first] = 0;
        isPlain[first] = false;
        for (int side = 0; side < 2; side++) {
            seen[side][place] = 0;
            plainRead[side][place] = 0;
            atomicRead[side][place] = 0;
        }
    }

    private void forgetOldest(int place, int forgotten) {
        if (forgotten == 0) {
            return;
        }
        int first = place * MESSAGES;
        int left = count[place] - forgotten;
        System.arraycopy(value, first + forgotten, value, first, left);
        System.arraycopy(author, first + forgotten, author, first, left);
        System.arraycopy(epoch, first + forgotten, epoch, first, left);
        System.arraycopy(fenceAge, first + forgotten, fenceAge, first, left);
        System.arraycopy(carried, first + forgotten, carried, first, left);
        System.arraycopy(isPlain, first + forgotten, isPlain, first, left);
        count[place] = left;
        for (int side = 0; side < 2; side++) {
            seen[side][place] = Math.max(0, seen[side][place] - forgotten);
        }
    }

    private void grow() {
        int old = count.length;
        count = Arrays.copyOf(count, 2 * old);
        Arrays.fill(count, old, 2 * old, 1);
        dead = Arrays.copyOf(dead, 2 * old);
        initial = Arrays.copyOf(initial, 2 * old);
        for (int side = 0; side < 2; side++) {
            seen[side] = Arrays.copyOf(seen[side], 2 * old);
            plainRead[side] = Arrays.copyOf(plainRead[side], 2 * old);
            atomicRead[side] = Arrays.copyOf(atomicRead[side], 2 * old);
        }
        value = Arrays.copyOf(value, 2 * old * MESSAGES);
        author = Arrays.copyOf(author, 2 * old * MESSAGES);
        epoch = Arrays.copyOf(epoch, 2 * old * MESSAGES);
        fenceAge = Arrays.copyOf(fenceAge, 2 * old * MESSAGES);
        carried = Arrays.copyOf(carried, 2 * old * MESSAGES);
        isPlain = Arrays.copyOf(isPlain, 2 * old * MESSAGES);
    }

    private Fault race(int side, String does, int place, String what) {
        return new Fault(
                "data race: the %s %s %s, and nothing orders that after %s"
                        .formatted(name(side), does, places.name(place), what));
    }

    static String name(int side) {
        return side == 0 ? "driver" : "device";
    }
}
