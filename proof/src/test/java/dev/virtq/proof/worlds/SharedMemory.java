package dev.virtq.proof.worlds;

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
    private final Places places;
    private final int kept;
    private final SideClocks clocks = new SideClocks();
    private final Messages messages = new Messages();
    private final boolean[] dead = new boolean[Messages.PLACES];
    private final long[] initial = new long[Messages.PLACES];

    // For each side and place: the oldest message that it can still return, and its last loads.
    private final int[][] seen = new int[2][Messages.PLACES];
    private final int[][] plainRead = new int[2][Messages.PLACES];
    private final int[][] atomicRead = new int[2][Messages.PLACES];
    private boolean boundReached;

    /**
     * Begins with zeros.
     *
     * @param stale how many stale messages of a place are kept at most, 1 or 2: the bound of this
     *     model
     */
    SharedMemory(Places places, int stale) {
        this.places = places;
        kept = 1 + stale;
    }

    /** {@return whether a load had fewer stale values to choose from than the model would give} */
    boolean isBoundReached() {
        return boundReached;
    }

    int place(long address, int width) {
        int place = places.find(address, width);
        if (place == Messages.PLACES) {
            throw new IllegalStateException(
                    "the world is too large: more than %d places".formatted(place));
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
        int last = messages.last(place);
        boolean knowsLast = happenedBefore(side, last);
        boolean inOrder =
                (order.isAtomic() && !messages.isPlain[last])
                        ? knowsLast || seen[side][place] == messages.count[place] - 1
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
        int last = messages.last(place);
        if (order == Order.OPAQUE
                && places.isAtomicOnly(place)
                && messages.carried[last] == 0
                && messages.value[last] == stored) {
            seen[side][place] = messages.count[place] - 1;
            return; // a load cannot tell which of the two it returns: the older one stands for both
        }
        if (messages.count[place] == kept) {
            boundReached = true;
            forget(place, 0, 1);
        }
        int now = clocks.now(side);
        int carried = order == Order.RELEASE ? clocks.release(side) : 0;
        messages.add(place, side, stored, order == Order.PLAIN, now, carried);
        seen[side][place] = messages.count[place] - 1;
        dead[place] = false;
        if (order == Order.PLAIN) {
            // It is ordered after the others, and no load may race with it.
            forget(place, 0, messages.count[place] - 1);
        }
    }

    /** {@return how many messages a load could return} */
    int choices(int side, int place) {
        return messages.count[place] - floor(side, place);
    }

    /**
     * Loads.
     *
     * @param choice 0 for the newest message
     */
    long load(int side, int place, Order order, int choice) {
        places.note(place, order.isAtomic());
        int first = messages.first(place);
        int last = messages.last(place);
        for (int at = first + floor(side, place); at <= last; at++) {
            if ((!order.isAtomic() || messages.isPlain[at]) && !happenedBefore(side, at)) {
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
        if (!order.isAtomic()) {
            plainRead[side][place] = clocks.now(side);
            return messages.value[at];
        }
        if (messages.author[at] != side && order == Order.ACQUIRE) {
            clocks.learn(side, messages.carried[at]);
        }
        if (places.isMixed(place)) {
            atomicRead[side][place] = clocks.now(side);
        }
        return messages.value[at];
    }

    /** {@return what is at a place, before there are two sides} */
    long initial(int place) {
        return messages.value[messages.first(place)];
    }

    /** Sets what is at a place, before there are two sides. */
    void initialise(int place, long stored) {
        messages.value[messages.first(place)] = stored;
    }

    /** {@return what was stored last at a place} */
    long newest(int place) {
        return messages.value[messages.last(place)];
    }

    void fence(int side) {
        messages.fence(side, places.count());
    }

    /** Says that nobody may read the value any more, until it is stored anew. */
    void kill(int place) {
        dead[place] = true;
    }

    /** After the set-up, in one thread: both sides know everything, and states are told from it. */
    void settle() {
        clocks.reset();
        for (int place = 0; place < places.count(); place++) {
            initial[place] = initial(place);
            clear(place);
        }
    }

    /** Turns a value into the one that stands for all that make no difference to it. */
    interface Canonical {
        long value(int place, long value);

        /** {@return the place whose messages are written for this one} */
        int source(int place);
    }

    /** Writes the state in its canonical form. */
    void write(StateWriter out, Canonical canonical) {
        for (int place = 0; place < places.count(); place++) {
            for (int at = messages.first(place); at <= messages.last(place); at++) {
                messages.value[at] = canonical.value(place, messages.value[at]);
            }
        }
        normalise();
        clocks.write(out);
        for (int place = 0; place < places.count(); place++) {
            int source = canonical.source(place);
            if (!isUntouched(source)) {
                out.put(place + 1);
                writePlace(out, source);
            }
        }
        out.put(0);
    }

    private void writePlace(StateWriter out, int place) {
        messages.write(out, place, !dead[place]);
        out.put(dead[place]);
        for (int side = 0; side < 2; side++) {
            out.put(seen[side][place]);
            out.put(plainRead[side][place]);
            out.put(atomicRead[side][place]);
        }
    }

    void read(StateReader in) {
        clocks.read(in);
        for (int place = 0; place < places.count(); place++) {
            clear(place);
        }
        for (int next = in.nextInt(); next != 0; next = in.nextInt()) {
            int place = next - 1;
            messages.read(in, place);
            dead[place] = in.nextBoolean();
            for (int side = 0; side < 2; side++) {
                seen[side][place] = in.nextInt();
                plainRead[side][place] = in.nextInt();
                atomicRead[side][place] = in.nextInt();
            }
        }
    }

    /** Forgets what no load can tell apart any more. */
    private void normalise() {
        for (int place = 0; place < places.count(); place++) {
            forgetUnreadable(place);
            clocks.note(
                    messages.author,
                    messages.epoch,
                    messages.carried,
                    messages.first(place),
                    messages.count[place]);
        }
        clocks.rank();
        for (int place = 0; place < places.count(); place++) {
            int first = messages.first(place);
            messages.fenceAge[first] = Messages.KNOWN_BY_FENCE; // there is nothing older left
            for (int at = first; at <= messages.last(place); at++) {
                int author = messages.author[at];
                messages.epoch[at] = clocks.ranked(author, messages.epoch[at]);
                messages.carried[at] = clocks.ranked(author, messages.carried[at]);
            }
            if (messages.epoch[first] == 0 && messages.carried[first] == 0) {
                messages.author[first] = 0;
            }
            for (int side = 0; side < 2; side++) {
                plainRead[side][place] = clocks.ranked(side, plainRead[side][place]);
                atomicRead[side][place] = clocks.ranked(side, atomicRead[side][place]);
            }
        }
        clocks.applyRanks();
    }

    private void forgetUnreadable(int place) {
        for (int side = 0; side < 2; side++) {
            seen[side][place] = floor(side, place);
        }
        forget(place, 0, Math.min(seen[0][place], seen[1][place]));
        int first = messages.first(place);
        if (places.isAtomicOnly(place)) {
            // Of opaque stores of one value, one after the other, the oldest stands for all.
            for (int i = messages.count[place] - 1; i > 0; i--) {
                if (messages.repeats(first + i)) {
                    forget(place, i, 1);
                }
            }
        }
        if (places.isAtomicOnly(place) || happenedBefore(1 - messages.author[first], first)) {
            messages.epoch[first] = 0; // that it was stored is known, or never asked for
            messages.isPlain[first] = false;
        }
    }

    private int floor(int side, int place) {
        int first = messages.first(place);
        int at = messages.count[place] - 1;
        while (at > seen[side][place]
                && !happenedBefore(side, first + at)
                && messages.fenceAge[first + at] != Messages.KNOWN_BY_FENCE) {
            at--;
        }
        return at;
    }

    private boolean happenedBefore(int side, int at) {
        return messages.author[at] == side || clocks.knows(side, messages.epoch[at]);
    }

    private boolean isUntouched(int place) {
        return messages.isReset(place, initial[place])
                && !dead[place]
                && (plainRead[0][place] | plainRead[1][place]) == 0
                && (atomicRead[0][place] | atomicRead[1][place]) == 0;
    }

    private void clear(int place) {
        messages.reset(place, initial[place]);
        dead[place] = false;
        for (int side = 0; side < 2; side++) {
            seen[side][place] = 0;
            plainRead[side][place] = 0;
            atomicRead[side][place] = 0;
        }
    }

    private void forget(int place, int from, int forgotten) {
        messages.forget(place, from, forgotten);
        for (int side = 0; side < 2; side++) {
            if (seen[side][place] >= from) {
                seen[side][place] = Math.max(Math.max(0, from - 1), seen[side][place] - forgotten);
            }
        }
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
